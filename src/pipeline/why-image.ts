import { KilopyError } from '../errors/kilopy-error.ts';
import { nearest } from '../errors/nearest.ts';
import type { ImageChoice } from '../image/list-images.ts';
import type { Context } from '../io/context.ts';
import { createContentMeter } from '../report/content-meter.ts';
import { findPackages, isPackageDatabase, packageOwners, type FoundPackage } from '../report/installed-packages.ts';
import { packageAt } from '../report/size-owner.ts';
import { imageChain } from '../report/why-image.ts';
import type { Node, Tree } from '../tree/node.ts';
import { baseName, isWithin } from '../tree/paths.ts';
import { sizedFiles } from '../tree/sizes.ts';
import { loadImage, type LoadedImage } from './load-image.ts';
import { findNode, type WhyAnswer, type WhyResult } from './why-answer.ts';

/**
 * Why something is in an image that exists already, whoever made it: which package brings it and what needs that package,
 * by the image's own database; else the layer. Throws KP1202 when no image of the file has it.
 */
export async function whyInImage(
  ctx: Context,
  path: string,
  subject: string,
  choice: ImageChoice = {},
): Promise<WhyResult> {
  const { images } = await loadImage(ctx, path, {
    meter: () => createContentMeter({ keep: isPackageDatabase }),
    choice,
  });
  const found = images.map((image) => ({ image, packages: findPackages(image.meter.kept, path) }));
  const answers = found.flatMap(({ image, packages }) => answerFor(image, packages, subject) ?? []);
  if (answers.length === 0) throw unknown(subject, path, found);
  return { subject, answers };
}

function answerFor(image: LoadedImage, packages: readonly FoundPackage[], subject: string): WhyAnswer | undefined {
  const { tree, platform, name } = image;
  const owners = packageOwners(packages);
  const common = { target: platform ?? name, state: 'present', keep: undefined, wireBytes: undefined } as const;
  const node = findNode(tree, subject);
  if (node !== undefined) {
    const below = sizedFiles(new Map([...tree].filter(([at]) => isWithin(at, node.path))));
    const link = node.type === 'symlink' ? [`it is a link to ${node.target}`] : [];
    return {
      ...common,
      kind: node.type,
      subject: node.path,
      chain: [...nodeChain(node, packages, owners), ...link],
      sizeBytes: below.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      files: node.type === 'directory' ? biggest(below) : [],
    };
  }
  const own = packages.find((one) => one.name === subject);
  if (own === undefined) return undefined;
  const files = sizedFiles(tree).filter(({ node: one }) => packageAt(owners, one.path)?.name === own.name);
  return {
    ...common,
    kind: 'package',
    subject: own.name,
    chain: imageChain(packages, own.name),
    sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    files: biggest(files),
  };
}

function nodeChain(
  { path, origin }: Node,
  packages: readonly FoundPackage[],
  owners: ReadonlyMap<string, FoundPackage>,
): readonly string[] {
  const owner = packageAt(owners, path);
  if (owner !== undefined)
    return [`package ${owner.name} ${owner.version} brings it (${owner.manager})`, ...imageChain(packages, owner.name)];
  const layer =
    origin.kind === 'image' && origin.layer.startsWith('sha256:') ? [`layer ${origin.layer} brings it`] : [];
  return [packages.length === 0 ? 'the image has no list of packages' : 'no package of the image lists it', ...layer];
}

function biggest(files: ReturnType<typeof sizedFiles>): WhyAnswer['files'] {
  return files
    .map(({ node, sizeBytes }) => ({ path: node.path, sizeBytes }))
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes);
}

function unknown(
  subject: string,
  path: string,
  found: readonly { readonly image: { readonly tree: Tree }; readonly packages: readonly FoundPackage[] }[],
): KilopyError {
  const bare = subject.replace(/^\/+/u, '');
  const paths = found.flatMap(({ image }) => [...image.tree.keys()]);
  const names = found.flatMap(({ packages }) => packages.map(({ name }) => name));
  const same = paths.find((one) => baseName(one) === baseName(bare));
  const [guess] = same === undefined ? nearest(bare, [...paths, ...names], 1) : [same];
  return new KilopyError('KP1202', `${subject} is neither a path nor a package of ${path}`, {
    why: 'it is not in the image',
    ...(guess === undefined ? {} : { fix: `did you mean ${names.includes(guess) ? guess : `/${guess}`}?` }),
    data: { subject, ...(guess === undefined ? {} : { nearest: guess }) },
  });
}
