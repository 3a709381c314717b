import { KilopyError } from '../../errors/kilopy-error.ts';
import { apkoOrigin, type RootFiles } from './root-files.ts';

const folders: readonly (readonly [path: string, mode: number])[] = [
  ['tmp', 0o1777],
  ['dev', 0o755],
  ['etc', 0o755],
  ['opt', 0o755],
  ['proc', 0o555],
  ['var', 0o755],
  ['usr', 0o755],
  ['etc/apk', 0o755],
  ['etc/apk/keys', 0o755],
  ['usr/lib', 0o755],
  ['usr/lib/apk', 0o755],
  ['usr/lib/apk/db', 0o755],
  ['usr/lib/apk/exec', 0o755],
  ['var/cache', 0o755],
  ['var/cache/apk', 0o755],
  ['var/cache/misc', 0o755],
];

const devices: readonly (readonly [name: string, major: number, minor: number, mode: number])[] = [
  ['zero', 1, 5, 0o666],
  ['urandom', 1, 9, 0o666],
  ['null', 1, 3, 0o666],
  ['random', 1, 8, 0o666],
  ['console', 5, 1, 0o620],
];

/** What apko makes before any package: folders, an empty database and the usual devices (apko `APK.InitDB`). */
export async function initDatabase(root: RootFiles, architecture: string): Promise<void> {
  for (const [path, mode] of folders) root.makeFolders(path, mode);
  await root.write('etc/apk/world', '\n', 0o644);
  await root.write('etc/apk/repositories', '\n', 0o644);
  await root.write('usr/lib/apk/db/lock', '', 0o600);
  await root.write('usr/lib/apk/db/triggers', '', 0o644);
  await root.write('usr/lib/apk/db/installed', '', 0o644);
  await root.write('etc/apk/arch', `${architecture}\n`, 0o644);
  for (const [name, major, minor, mode] of devices) {
    const device = { type: 'device', device: 'char', major, minor, mode } as const;
    root.set({ ...device, path: `dev/${name}`, uid: 0, gid: 0, mtimeSeconds: 0, origin: apkoOrigin });
  }
  await root.write('usr/lib/apk/db/scripts.tar', new Uint8Array(1024), 0o644);
}

/**
 * apk up to version 2 looks for its database in /lib/apk: a link leads there, unless /lib is one itself.
 *
 * @param mergedBase the image below has a merged /usr
 * @throws KilopyError KP2110 when a package keeps files in /lib/apk
 */
export function linkDatabase(root: RootFiles, mergedBase: boolean): void {
  const lib = root.lstat('lib');
  if (lib?.type === 'symlink') return;
  if (lib === undefined && mergedBase) {
    link('lib', 'usr/lib');
    return;
  }
  root.makeFolders('lib', 0o755);
  const inside = [...root.tree.keys()].filter((path) => path === 'lib/apk' || path.startsWith('lib/apk/'));
  const file = inside.find((path) => root.tree.get(path)?.type !== 'directory');
  if (file !== undefined && file !== 'lib/apk') {
    throw new KilopyError('KP2110', `/${file} is where the link to the database of apk belongs`, { where: `/${file}` });
  }
  if (file === 'lib/apk') return;
  for (const path of inside) root.remove(path);
  link('lib/apk', '../usr/lib/apk');

  function link(path: string, target: string): void {
    root.set({ type: 'symlink', path, target, mode: 0o777, uid: 0, gid: 0, mtimeSeconds: 0, origin: apkoOrigin });
  }
}
