import { join } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { findEngine } from '../../machine/engine/find-engine.ts';
import { runEngine } from '../../machine/engine/engine.ts';
import { parseApkoArchitectures } from '../../spec/apko/architectures.ts';
import type { BlobSource } from '../../values/blob.ts';
import type { Digest } from '../../values/digest.ts';
import { withScratch } from '../scratch.ts';
import type { ApkoImages } from './images.ts';
import { writeArchive } from './write-image.ts';

/**
 * Gives the image of this machine's architecture, else the first, to the container engine under these names, as apko's
 * `publish --local` does. Throws KP9001 without an engine and KP9010 when it refuses.
 */
export async function loadLocally(
  ctx: Context,
  { index, images }: ApkoImages,
  blobs: BlobSource,
  names: readonly string[],
): Promise<{ readonly digest: Digest; readonly engine: string }> {
  const engine = await findEngine(ctx);
  const [host] = parseApkoArchitectures(['host'], ctx.host.arch, '--local');
  const image = images.find(({ architecture }) => architecture.name === host?.name) ?? images[0];
  if (image === undefined) throw new TypeError('a build without an image');
  await withScratch(ctx, async (folder) => {
    const archive = join(folder, 'image.tar');
    await writeArchive(ctx, archive, () => names, { index, images: [image], blobs });
    ctx.emit({ type: 'step.started', step: 'push', title: `loading into ${engine.name}` });
    const { status, stderr } = await runEngine(ctx, engine, ['load', '--quiet', '--input', archive]);
    if (status !== 0) throw new KilopyError('KP9010', `${engine.name} could not load the image`, { why: stderr });
    ctx.emit({ type: 'step.finished', step: 'push' });
  });
  return { digest: image.manifest.digest, engine: engine.name };
}
