import { resolve } from 'node:path';
import { apkoTar } from '../../emit/apko-tar.ts';
import { compressStream } from '../../emit/compressed.ts';
import { treeToCpio } from '../../emit/cpio.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { openStore } from '../../store/store.ts';
import { sortedNodes } from '../../tree/sort.ts';
import { apkoRoots, ownerNames } from './images.ts';
import { openConfig } from './open-config.ts';
import type { ApkoRequest } from './request.ts';

export interface ApkoRootfs {
  readonly output: string;
  readonly architecture: string;
  readonly sizeBytes: number;
}

/**
 * `apko build-minirootfs` and `apko build-cpio`: the root file system of one architecture as tar or cpio. A name that
 * ends in `.gz` (or `.tgz`) is compressed, others are not.
 */
export async function apkoRootfs(
  ctx: Context,
  request: ApkoRequest,
  format: 'tar' | 'cpio',
  output: string,
): Promise<ApkoRootfs> {
  const store = await openStore(ctx, undefined, { offline: request.offline });
  const [built] = await apkoRoots(ctx, store, request, await openConfig(ctx, request));
  if (built === undefined) throw new KilopyError('KP2103', 'no architecture is asked for');
  const { root, kept, architecture } = built;
  const owners = await ownerNames(root);
  const open = (): AsyncIterable<Uint8Array> =>
    format === 'cpio' ? treeToCpio(kept, store) : apkoTar(sortedNodes(kept), store, owners);
  const path = resolve(request.workdir, output);
  ctx.emit({ type: 'step.started', step: 'write', title: `writing ${output}` });
  if (/\.t?gz$/u.test(output)) {
    const compressor = { blobs: store, cache: store, compression: 'default' } as const;
    const { blob } = await compressStream(ctx, compressor, open, 'root file system', architecture.name);
    await ctx.fs.writeAtomic(path, store.open(blob));
  } else await ctx.fs.writeAtomic(path, open());
  ctx.emit({ type: 'step.finished', step: 'write' });
  return { output: path, architecture: architecture.name, sizeBytes: Number((await ctx.fs.stat(path)).size) };
}
