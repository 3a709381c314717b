import type { Context } from '../io/context.ts';
import type { Tree } from '../tree/node.ts';
import { applyLayer } from './apply-layer.ts';
import { plainChunks } from './plain-chunks.ts';
import type { ContentSink } from './content-sink.ts';

/**
 * A root file system archive (tar, also compressed) as a tree, read as a stream; contents go into `blobs`. `source`
 * names it in origins and messages. Throws as `applyLayer` does.
 */
export async function readRootfsTar(
  ctx: Context,
  chunks: AsyncIterable<Uint8Array>,
  blobs: ContentSink,
  source: string,
): Promise<Tree> {
  const origin = { kind: 'image', reference: source, layer: 'rootfs' } as const;
  return applyLayer(new Map(), plainChunks(ctx, chunks), { blobs, origin, limits: ctx.limits });
}
