import { dirname, resolve } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { parseReference } from '../../registry/reference.ts';
import { openStore } from '../../store/store.ts';
import type { ApkoImage, JsonDocument } from './image.ts';
import { apkoImages } from './images.ts';
import type { ApkoRequest } from './request.ts';
import { writeSboms } from './sbom.ts';
import { archiveLabels, writeArchive, writeLayout } from './write-image.ts';

export interface ApkoBuild {
  readonly output: string;
  /** Documents about the contents. */
  readonly sboms: readonly string[];
  readonly index: JsonDocument;
  readonly images: readonly ApkoImage[];
}

/**
 * `apko build`: an image of all architectures as a folder (an OCI layout, when `output` is a folder) or as an archive.
 *
 * @throws KilopyError KP1001 and KP6101 for a folder or name that cannot be, KP21xx for the configuration, KP5xxx for repositories and packages
 */
export async function apkoBuild(ctx: Context, request: ApkoRequest, tag: string, output: string): Promise<ApkoBuild> {
  const above = dirname(resolve(request.workdir, output));
  const isFolderAbove = await ctx.fs.stat(above).then(
    (stat) => stat.isDirectory(),
    () => false,
  );
  if (!isFolderAbove) {
    throw new KilopyError('KP1001', `the folder of ${output} is not there`, {
      where: above,
      fix: 'make it, or write to another place',
    });
  }
  parseReference(tag);
  const store = await openStore(ctx, undefined, { offline: request.offline });
  const built = await apkoImages(ctx, store, request);
  const { index, images } = built;
  const path = resolve(request.workdir, output);
  const isFolder = await ctx.fs.stat(path).then(
    (stat) => stat.isDirectory(),
    () => false,
  );
  ctx.emit({ type: 'step.started', step: 'write', title: `writing ${output}` });
  if (isFolder) await writeLayout(ctx, path, { index, images, blobs: store });
  else await writeArchive(ctx, path, archiveLabels(tag, images), { index, images, blobs: store });
  const sboms = await writeSboms(ctx, request, built, tag);
  ctx.emit({ type: 'step.finished', step: 'write' });
  return { output: path, sboms, index, images };
}
