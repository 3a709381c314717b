import { overlay } from '../../tree/overlay.ts';
import type { Node, Tree } from '../../tree/node.ts';
import type { BlobRef, BlobStore } from '../../values/blob.ts';
import { initConfig, initConfigPath, type InitSettings } from './init-config.ts';

/** Where a kernel looks for the first process: `/init` of an initramfs, `/sbin/init` of a disk. */
const initPlaces = ['init', 'sbin/init'] as const;
const folders = ['dev', 'proc', 'sys', 'run', 'tmp', 'sbin', 'etc', 'etc/kilopy'] as const;

/** The application may write here: on a disk its partition for data, else in memory. */
export const dataFolder = 'data';

/**
 * The root file system of a machine: that of the container, with init as first process, its configuration, the folders
 * that init mounts to, and the two nodes that are needed before anything is mounted.
 */
export async function machineTree(
  blobs: BlobStore,
  root: Tree,
  init: BlobRef,
  settings: InitSettings,
  mtimeSeconds: number,
): Promise<Tree> {
  const origin = { kind: 'pass', pass: 'machine' } as const;
  const common = { uid: 0, gid: 0, mtimeSeconds, origin } as const;
  const config = await blobs.put(Buffer.from(initConfig(settings)));
  const { uid, gid } = settings.start.user;
  const nodes: Node[] = [
    ...folders
      .filter((path) => root.get(path) === undefined)
      .map((path) => ({ ...common, type: 'directory', path, mode: path === 'tmp' ? 0o1777 : 0o755 }) as const),
    ...(root.get(dataFolder) === undefined
      ? [{ ...common, type: 'directory', path: dataFolder, mode: 0o755, uid, gid } as const]
      : []),
    { ...common, type: 'device', device: 'char', path: 'dev/console', mode: 0o600, major: 5, minor: 1 },
    { ...common, type: 'device', device: 'char', path: 'dev/null', mode: 0o666, major: 1, minor: 3 },
    { ...common, type: 'file', path: initConfigPath, mode: 0o644, content: config },
    ...(root.get('etc/resolv.conf') === undefined
      ? [{ ...common, type: 'symlink', path: 'etc/resolv.conf', mode: 0o777, target: '/run/resolv.conf' } as const]
      : []),
    { ...common, type: 'file', path: 'usr/lib/kilopy/init', mode: 0o755, content: init },
    ...initPlaces.map(
      (path) => ({ ...common, type: 'symlink', path, mode: 0o777, target: '/usr/lib/kilopy/init' }) as const,
    ),
  ];
  return overlay(root, nodes, { replaces: () => true }).tree;
}
