import { join } from 'node:path';
import { measure } from '../../emit/measure.ts';
import { treeToTar } from '../../emit/tar.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Store } from '../../store/store.ts';
import type { Tree } from '../../tree/node.ts';

/** xz is the only compression that OpenWrt's kernels and ours mount. */
function sqfstarArguments(image: string, timeSeconds: number): readonly string[] {
  const root = ['-root-mode', '755', '-root-uid', '0', '-root-gid', '0'];
  const fixed = ['-mkfs-time', String(timeSeconds), '-processors', '1', '-no-xattrs', '-quiet', '-no-progress'];
  return ['-comp', 'xz', '-b', '1M', ...root, ...fixed, image];
}

const kind = 'squashfs-xz-1';

/** A tree as a squashfs image, made from a tar stream without root; remembered by the digest of the tar archive. */
export async function rootSquashfs(ctx: Context, store: Store, tree: Tree, timeSeconds: number): Promise<Uint8Array> {
  const { digest } = await measure(treeToTar(tree, store));
  const known = await store.recall(kind, digest);
  if (known !== undefined) return known;
  const folder = await ctx.fs.makeTempDirectory(join(ctx.host.tempFolder, 'kilopy-squashfs-'));
  try {
    const image = join(folder, 'root.img');
    const pieces: Uint8Array[] = [];
    for await (const piece of treeToTar(tree, store)) pieces.push(piece);
    const { status, stderr } = await ctx.tools.run('sqfstar', sqfstarArguments(image, timeSeconds), {
      stdin: Buffer.concat(pieces),
    });
    if (status !== 0) throw new KilopyError('KP1004', 'sqfstar failed', { why: stderr.trim().split('\n')[0] });
    const bytes = await ctx.fs.readFile(image);
    await store.remember(kind, digest, bytes);
    return bytes;
  } finally {
    await ctx.fs.remove(folder);
  }
}
