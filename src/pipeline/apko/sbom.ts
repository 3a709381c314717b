import { join } from 'node:path';
import type { Context } from '../../io/context.ts';
import type { SpdxDocument } from '../../report/spdx/document.ts';
import { indentedGoJson } from '../../spec/apko/encode.ts';
import type { ApkoRoot } from './build.ts';
import type { ApkoImage, JsonDocument } from './image.ts';
import { imageDocument, type DescribedImage } from './image-sbom.ts';
import { indexDocument } from './index-sbom.ts';
import { readRelease } from './release.ts';

interface BuiltIndex {
  readonly index: JsonDocument;
  readonly images: readonly { readonly root: ApkoRoot; readonly image: ApkoImage }[];
  /** As the user wrote it: `hello:1`. */
  readonly tag: string;
  readonly vcsUrl: string | undefined;
}

/**
 * Writes what is in the images as SPDX 2.3: `sbom-ARCH.spdx.json` of each and `sbom-index.spdx.json` over all, laid out
 * as apko does (apko `pkg/sbom/generator/spdx`). A package is described by the document that it brings, else by its
 * own .PKGINFO.
 *
 * @returns the paths written
 */
export async function writeSboms(
  ctx: Context,
  folder: string,
  { index, images, tag, vcsUrl }: BuiltIndex,
): Promise<readonly string[]> {
  const written: string[] = [];
  const described: DescribedImage[] = [];
  await ctx.fs.makeDirectory(folder);
  for (const { root, image } of images) {
    const each = { root, image, release: await readRelease(root.root) };
    described.push(each);
    await put(root.architecture.apk, await imageDocument(ctx, each, tag, vcsUrl));
  }
  await put('index', indexDocument(index, described, tag, vcsUrl));
  return written;

  async function put(name: string, document: SpdxDocument): Promise<void> {
    const path = join(folder, `sbom-${name}.spdx.json`);
    await ctx.fs.writeAtomic(path, `${indentedGoJson(document)}\n`);
    written.push(path);
  }
}
