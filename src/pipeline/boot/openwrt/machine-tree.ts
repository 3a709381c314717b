import { enableServices } from '../../../passes/openwrt/services.ts';
import type { Node, Tree } from '../../../tree/node.ts';
import { overlay } from '../../../tree/overlay.ts';
import type { BlobStore } from '../../../values/blob.ts';
import { dataFolder } from '../machine-tree.ts';
import {
  attendedScript,
  consoleScript,
  initScript,
  inittab,
  networkConfig,
  preinitScript,
  serviceScript,
  systemConfig,
  type OpenwrtFacts,
} from './texts.ts';

/** Folders that procd mounts to or expects; packages bring most of them. */
const folders = ['dev', 'proc', 'sys', 'tmp', 'overlay', 'etc/rc.d', dataFolder] as const;

/**
 * The root file system of a machine whose first process is OpenWrt's: its packages are there, its services are enabled as its ImageBuilder
 * does, and the application is the first of them.
 */
export async function openwrtMachineTree(
  blobs: BlobStore,
  root: Tree,
  facts: OpenwrtFacts,
  mtimeSeconds: number,
): Promise<Tree> {
  const origin = { kind: 'pass', pass: 'machine' } as const;
  const common = { uid: 0, gid: 0, mtimeSeconds, origin } as const;
  const texts: readonly (readonly [path: string, text: string, mode: number])[] = [
    ['init', initScript, 0o755],
    [`etc/init.d/${facts.service}`, serviceScript(facts), 0o755],
    ['etc/inittab', inittab(facts), 0o644],
    ['etc/config/network', networkConfig, 0o644],
    ['etc/config/system', systemConfig(facts), 0o644],
    ['lib/preinit/31_kilopy', preinitScript, 0o644],
    ['usr/lib/kilopy/attended', attendedScript, 0o755],
    ['usr/lib/kilopy/console', consoleScript(facts), 0o755],
  ];
  const files = await Promise.all(
    texts.map(async ([path, text, mode]): Promise<Node> => {
      return { ...common, type: 'file', path, mode, content: await blobs.put(Buffer.from(text)) };
    }),
  );
  const { uid, gid } = facts.start.user;
  const nodes: Node[] = [
    ...folders
      .filter((path) => root.get(path) === undefined)
      .map((path): Node => {
        const owner = path === dataFolder ? { uid, gid } : {};
        return { ...common, ...owner, type: 'directory', path, mode: path === 'tmp' ? 0o1777 : 0o755 };
      }),
    { ...common, type: 'device', device: 'char', path: 'dev/console', mode: 0o600, major: 5, minor: 1 },
    { ...common, type: 'device', device: 'char', path: 'dev/null', mode: 0o666, major: 1, minor: 3 },
    ...files,
  ];
  const laid = overlay(root, nodes, { replaces: () => true }).tree;
  return (await enableServices(laid, blobs, [], mtimeSeconds)).tree;
}
