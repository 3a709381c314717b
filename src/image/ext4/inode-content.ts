import { inodeFlags } from '../../codec/ext4/read-format.ts';
import { zeroPieces } from '../zero-pieces.ts';
import { blockRuns } from './block-runs.ts';
import type { Inode } from './inode.ts';
import type { Volume } from './volume.ts';

const pieceBytes = 2 ** 18;

/** The content of an inode in pieces; holes are zeros. `inline` is what stands in its attributes (feature inline_data). */
export async function* inodeContent(
  volume: Volume,
  inode: Inode,
  entry: string,
  inline: Uint8Array | undefined,
): AsyncGenerator<Uint8Array, void> {
  const { sizeBytes } = inode;
  if ((inode.flags & inodeFlags.inlineData) !== 0) {
    yield Buffer.concat([inode.block, inline ?? Buffer.alloc(0)]).subarray(0, sizeBytes);
    return;
  }
  const { blockBytes, image } = volume;
  let at = 0;
  for await (const { logical, start, blocks } of joined(blockRuns(volume, inode, entry))) {
    yield* zeroPieces(logical * blockBytes - at);
    const end = Math.min(sizeBytes, (logical + blocks) * blockBytes);
    const shift = (start - logical) * blockBytes;
    for (at = logical * blockBytes; at < end;) {
      const piece = await image.large(at + shift, Math.min(pieceBytes, end - at), entry);
      yield piece;
      at += piece.length;
    }
  }
  yield* zeroPieces(sizeBytes - at);
}

/** Neighbouring blocks as one run: pointers give each block alone. */
async function* joined(runs: ReturnType<typeof blockRuns>): ReturnType<typeof blockRuns> {
  let open: { logical: number; start: number; blocks: number } | undefined;
  for await (const run of runs) {
    if (open !== undefined && open.logical + open.blocks === run.logical && open.start + open.blocks === run.start) {
      open.blocks += run.blocks;
      continue;
    }
    if (open !== undefined) yield open;
    open = { ...run };
  }
  if (open !== undefined) yield open;
}
