import type { Context } from '../../io/context.ts';
import { parentOf } from '../../tree/paths.ts';
import { apkoOrigin, type RootFiles } from './root-files.ts';

const busybox = '/bin/busybox';

/**
 * The links that busybox's own install script would make: those listed in /etc/busybox-paths.d, which its packages bring
 * (Alpine from 1.36.0-r8, Wolfi from 1.36.0-r3). Names that are taken stay.
 */
export async function addBusyboxLinks(ctx: Context, root: RootFiles): Promise<void> {
  const program = root.stat(busybox);
  if (program === undefined) return;
  const lists = [...root.tree.keys()].filter((path) => parentOf(path) === 'etc/busybox-paths.d');
  if (lists.length === 0) {
    const text = 'busybox brings no list of its commands (/etc/busybox-paths.d): its links are not made';
    ctx.emit({ type: 'warning', text });
  }
  for (const list of lists.sort()) {
    for (const link of ((await root.read(list)) ?? '').split('\n')) {
      if (link === '' || link === busybox) continue;
      const above = parentOf(link.replace(/^\/+/u, ''));
      if (above === '') continue;
      root.makeFolders(above, 0o755);
      root.change(above, { mtimeSeconds: program.mtimeSeconds });
      if (root.lstat(link) !== undefined) continue;
      const path = root.place(link);
      root.set({
        type: 'symlink',
        path,
        target: busybox,
        mode: 0o777,
        uid: 0,
        gid: 0,
        mtimeSeconds: 0,
        origin: apkoOrigin,
      });
    }
  }
}
