import { dataFolders } from '../data-folders.ts';
import type { EmitTarget, ImageSettings } from '../emit-input.ts';
import type { Output } from '../output.ts';
import { textArtifact } from '../text-artifact.ts';

/** A service of systemd around the unpacked root file system, that may do as little as the application needs. */
export const systemd: Output = {
  extension: 'service',
  mediaType: 'text/plain',
  perTarget: false,
  async emit(_ctx, { settings, targets }) {
    const [first] = targets;
    const name = lastPart(settings.name);
    const text = first === undefined ? '' : unit(settings, first, name);
    const names = targets.map(({ target }) => target.name);
    return await Promise.resolve([textArtifact('systemd', `${name}.service`, names, text)]);
  },
};

/** systemd.exec(5), systemd.service(5). Settings that a system does not know are ignored there. */
function unit(settings: ImageSettings, { tree, target }: EmitTarget, name: string): string {
  const [uid = '0', gid = uid] = (settings.user ?? '0:0').split(':');
  const isLow = settings.exposedPorts.some((text) => Number(text.split('/')[0]) < 1024);
  const folders = dataFolders(tree);
  const command = [...settings.entrypoint, ...settings.cmd].map(argument).join(' ');
  return `# The root file system: kilopy build --output tar.gz, then
#   mkdir -p /srv/${name} && tar -xf ${name}-${target.fileLabel}.tar.gz -C /srv/${name}
# This file: /etc/systemd/system/${name}.service, then systemctl daemon-reload && systemctl enable --now ${name}
[Unit]
Description=${name.replaceAll('%', '%%')} on MicroPython
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=${command}
Restart=on-failure
RestartSec=1
# MicroPython acts on SIGINT (KeyboardInterrupt), and ends with 130 then.
KillSignal=SIGINT
SuccessExitStatus=130
TimeoutStopSec=10
${settings.env.map((word) => `Environment=${quote(word)}`).join('\n')}

RootDirectory=/srv/${name}
${settings.workdir === undefined ? '' : `WorkingDirectory=${settings.workdir.replaceAll('%', '%%')}\n`}User=${uid}
Group=${gid}
MountAPIVFS=yes
BindReadOnlyPaths=-/etc/resolv.conf
${folders.length === 0 ? '' : `StateDirectory=${name}\n${folders.map((path) => `BindPaths=/var/lib/${name}:${path}\n`).join('')}`}
ProtectSystem=strict
ReadOnlyPaths=/
${folders.map((path) => `ReadWritePaths=${path}\n`).join('')}PrivateTmp=yes
PrivateDevices=yes
NoNewPrivileges=yes
CapabilityBoundingSet=${isLow ? 'CAP_NET_BIND_SERVICE' : ''}
AmbientCapabilities=${isLow ? 'CAP_NET_BIND_SERVICE' : ''}
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
UMask=0077

[Install]
WantedBy=multi-user.target
`;
}

function argument(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w./%$=:,@+-]+$/u.test(escaped) ? escaped : quote(word.replaceAll('$', '$$$$'));
}

/** C-like escapes inside double quotes. */
function quote(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `"${escaped}"`;
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
