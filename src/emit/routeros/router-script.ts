import { dataFolders } from '../data-folders.ts';
import type { EmitTarget, ImageSettings } from '../emit-input.ts';

/**
 * The commands of RouterOS 7 for one container: a network interface of its own behind NAT, a mount for each folder that
 * the application writes into, and the container. Names of RouterOS 7.20 and later; what older ones call it stands beside.
 */
export function routerScript(settings: ImageSettings, { target, tree }: EmitTarget, archive: string): string {
  const name = settings.name.slice(settings.name.lastIndexOf('/') + 1);
  const interfaceName = `veth-${name}`.slice(0, 15);
  const folders = dataFolders(tree);
  const ports = settings.exposedPorts.map((text) => text.split('/'));
  const mounts = folders.length === 0 ? '' : ` mountlists=${name}`;
  return [
    `# ${name} for ${target.name} on RouterOS. Before the first container of a router, once: install the package`,
    '# "container", then /system/device-mode/update container=yes, and confirm with the reset button or by switching it off and on.',
    `# Upload ${archive} to the router's files (scp, WebFig, Winbox). disk1 is storage that is there: change it where yours differs.`,
    `/interface/veth/add name=${interfaceName} address=172.17.0.2/24 gateway=172.17.0.1`,
    '/interface/bridge/add name=containers',
    '/ip/address/add address=172.17.0.1/24 interface=containers',
    `/interface/bridge/port/add bridge=containers interface=${interfaceName}`,
    '/ip/firewall/nat/add chain=srcnat action=masquerade src-address=172.17.0.0/24',
    ...ports.map(
      ([port = '', protocol = 'tcp']) =>
        `/ip/firewall/nat/add chain=dstnat action=dst-nat protocol=${protocol} dst-port=${port} to-addresses=172.17.0.2 to-ports=${port}`,
    ),
    ...(folders.length === 0 ? [] : ['# Up to RouterOS 7.19: name= for list=, and mounts= for mountlists=.']),
    ...folders.map(
      (path) => `/container/mounts/add list=${name} src=${quoted(`/disk1/${name}-data${path}`)} dst=${quoted(path)}`,
    ),
    `/container/add file=${quoted(archive)} interface=${interfaceName} root-dir=${quoted(`/disk1/${name}`)}${mounts} start-on-boot=yes logging=yes`,
    '# When /container/print says that it is stopped, the archive has been unpacked:',
    `/container/start [find interface=${interfaceName}]`,
    '',
  ].join('\n');
}

/** RouterOS reads `$`, `"` and backslash inside quotes. */
function quoted(text: string): string {
  return /^[\w./-]+$/u.test(text) ? text : `"${text.replaceAll(/["\\$]/gu, (character) => `\\${character}`)}"`;
}
