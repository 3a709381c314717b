import { join, resolve } from 'node:path';
import type { Context } from '../../io/context.ts';
import { mapParallel } from '../../io/parallel.ts';
import type { SpdxDocument } from '../../report/spdx/document.ts';
import { indentedGoJson } from '../../spec/apko/encode.ts';
import { imageDocument, type DescribedImage } from './image-sbom.ts';
import type { ApkoImages } from './images.ts';
import { indexDocument } from './index-sbom.ts';
import { readRelease } from './release.ts';
import type { ApkoRequest } from './request.ts';

/**
 * Writes what is in the images as SPDX 2.3: `sbom-ARCH.spdx.json` of each and `sbom-index.spdx.json` over all, laid out
 * as apko does (apko `pkg/sbom/generator/spdx`). A package is described by the document that it brings, else by its
 * own .PKGINFO.
 *
 * @param tag as the user wrote it: `hello:1`
 * @returns the paths written; none where the request wants none
 */
export async function writeSboms(
  ctx: Context,
  { sbomPath, workdir }: ApkoRequest,
  { index, images, roots, config: { 'vcs-url': vcsUrl } }: ApkoImages,
  tag: string,
): Promise<readonly string[]> {
  if (sbomPath === undefined) return [];
  const folder = resolve(workdir, sbomPath);
  const documents = new Map<string, SpdxDocument>();
  const described: DescribedImage[] = [];
  await ctx.fs.makeDirectory(folder);
  for (const [i, image] of images.entries()) {
    const root = roots[i];
    if (root === undefined) continue;
    const each = { root, image, release: await readRelease(root.root) };
    described.push(each);
    documents.set(root.architecture.apk, await imageDocument(ctx, each, tag, vcsUrl));
  }
  documents.set('index', indexDocument(index, described, tag, vcsUrl));
  // Side by side: each waits for the disk.
  return await mapParallel([...documents], 8, async ([name, document]) => {
    const path = join(folder, `sbom-${name}.spdx.json`);
    await ctx.fs.writeAtomic(path, `${indentedGoJson(document)}\n`);
    return path;
  });
}
