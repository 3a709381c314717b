import { treeToCpio } from '../../emit/cpio.ts';
import { measure } from '../../emit/measure.ts';
import { kernelXzArguments } from '../../emit/xz-arguments.ts';
import type { Context } from '../../io/context.ts';
import type { Store } from '../../store/store.ts';
import type { Tree } from '../../tree/node.ts';
import type { BlobRef } from '../../values/blob.ts';
import { rememberedBlob } from './remembered-blob.ts';

export interface RootArchive {
  /** The compressed archive, in the store. */
  readonly blob: BlobRef;
  /** Before compression. */
  readonly raw: BlobRef;
}

const kind = 'cpio-xz-1';

/** A tree as `cpio.xz`, remembered by the digest of the archive. */
export async function rootArchive(ctx: Context, store: Store, tree: Tree): Promise<RootArchive> {
  const raw = await measure(treeToCpio(tree, store));
  const blob = await rememberedBlob(store, kind, raw.digest, () =>
    ctx.tools.pipe('xz', kernelXzArguments, treeToCpio(tree, store)),
  );
  return { blob, raw };
}
