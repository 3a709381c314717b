import { join } from 'node:path';
import { buildOciImage } from '../emit/oci-image.ts';
import { splitLayers } from '../emit/layers.ts';
import type { ImageChoice } from '../image/list-images.ts';
import type { Context } from '../io/context.ts';
import { createContentMeter, type ContentMeter } from '../report/content-meter.ts';
import { findPackages, isPackageDatabase, packageOwners } from '../report/installed-packages.ts';
import { ownerInImage, ownerOfOrigin } from '../report/size-owner.ts';
import { sizeReport, type MeasuredLayer, type SizeReport } from '../report/size-report.ts';
import { openStore, type Store } from '../store/store.ts';
import type { Node, Tree } from '../tree/node.ts';
import { sizedFiles } from '../tree/sizes.ts';
import type { Digest } from '../values/digest.ts';
import { assemble, type Assembled } from './assemble.ts';
import type { BuildRequest } from './build-request.ts';
import type { BuiltTree } from './build-tree.ts';
import { imageSettings } from './image-settings.ts';
import { loadImage, type LoadedImage } from './load-image.ts';
import { withRepair } from './with-repair.ts';

export interface SizedImage extends SizeReport {
  /** Name of the application with its target, or what the file calls its image. */
  readonly name: string;
  readonly platform: string | undefined;
}

export interface SizeResult {
  /** `build`: measured on what `kilopy build` would write. */
  readonly source: 'build' | 'image';
  readonly path: string;
  readonly images: readonly SizedImage[];
}

/** Sizes of what a folder builds, by target, without writing outputs; or of an image that exists already. */
export async function size(ctx: Context, request: BuildRequest, choice: ImageChoice = {}): Promise<SizeResult> {
  return (await isApplication(ctx, request))
    ? await sizeOfBuild(ctx, request)
    : await sizeOfImage(ctx, request.folder, choice);
}

/** Whether a path is a folder to build from, rather than an image to look at. */
export async function isApplication(ctx: Context, { folder, overrides }: BuildRequest): Promise<boolean> {
  const names = ['kilopy.yaml', overrides.entry ?? 'main.py'];
  for (const name of names) if (await ctx.fs.exists(join(folder, name))) return true;
  const parts = ['index.json', 'etc', 'usr', 'bin'];
  for (const name of parts) if (await ctx.fs.exists(join(folder, name))) return false;
  // An empty or mistaken folder: the build has the better words for it.
  return (await ctx.fs.exists(folder)) && (await ctx.fs.stat(folder)).isDirectory();
}

async function sizeOfBuild(ctx: Context, request: BuildRequest): Promise<SizeResult> {
  const store = await openStore(ctx, undefined, { offline: request.offline });
  const images = await withRepair(ctx, async () => {
    const assembled = await assemble(ctx, store, request);
    return measureBuild(ctx, store, assembled, request.compress);
  });
  return { source: 'build', path: request.folder, images };
}

/** Sizes of finished trees. Layers are compressed as a build does it, and remembered for the next one. */
export async function measureBuild(
  ctx: Context,
  store: Store,
  { spec, trees, checked }: Assembled,
  compression: BuildRequest['compress'],
): Promise<SizedImage[]> {
  const home = trees[0]?.reports.users.home ?? '/';
  const settings = imageSettings(spec, { home, usesLauncher: checked.usesLauncher, usesInit: checked.usesInit });
  const input = { settings, targets: trees, blobs: store, cache: store, compression };
  const { manifests } = await buildOciImage(ctx, input);
  const deflated = await deflatedContents(trees, store);
  return trees.map(({ target, tree }, i) => {
    const layers = splitLayers(tree).map(({ origin, nodes }, at): MeasuredLayer => {
      const layer = manifests[i]?.layers[at];
      return { name: origin, nodes, rawBytes: layer?.rawBytes, sizeBytes: layer?.sizeBytes };
    });
    const report = sizeReport(layers, deflated, (_, origin) => ownerOfOrigin(origin));
    return { name: spec.name, platform: target.name, ...report };
  });
}

/** Own deflate size of every content of the trees. */
async function deflatedContents(trees: readonly BuiltTree[], store: Store): Promise<ReadonlyMap<Digest, number>> {
  const meter = createContentMeter({ keep: () => false, deflateLevel: 9 });
  for (const { tree } of trees)
    for (const { node } of sizedFiles(tree))
      if (node.type === 'file' && !meter.deflatedBytes.has(node.content.digest))
        await meter.putStream(store.open(node.content), node.path, '');
  return meter.deflatedBytes;
}

async function sizeOfImage(ctx: Context, path: string, choice: ImageChoice): Promise<SizeResult> {
  const { images } = await loadImage(ctx, path, { meter: newMeter, choice });
  return { source: 'image', path, images: images.map((image) => measureImage(image, path)) };
}

function newMeter(): ContentMeter {
  return createContentMeter({ keep: isPackageDatabase, deflateLevel: 1 });
}

function measureImage(image: LoadedImage, path: string): SizedImage {
  const { name, platform, meter } = image;
  const owners = packageOwners(findPackages(meter.kept, path));
  return { name, platform, ...sizeReport(measuredLayers(image), meter.deflatedBytes, ownerInImage(owners)) };
}

function measuredLayers({ tree, layers, meter }: LoadedImage): MeasuredLayer[] {
  const nodesOf = new Map<string, Map<string, Node>>();
  for (const node of tree.values()) {
    const origin = node.origin.kind === 'image' ? node.origin.layer : '';
    const nodes = nodesOf.get(origin) ?? new Map<string, Node>();
    nodesOf.set(origin, nodes.set(node.path, node));
  }
  return layers.map(({ origin, rawBytes, sizeBytes }) => {
    const nodes: Tree = nodesOf.get(origin) ?? new Map();
    const totals = meter.layers.get(origin) ?? { rawBytes: 0, deflatedBytes: 0 };
    const visible = sizedFiles(nodes);
    const rawVisible = visible.reduce((sum, one) => sum + one.sizeBytes, 0);
    const deflatedVisible = visible.reduce(
      (sum, { node }) => sum + (node.type === 'file' ? (meter.deflatedBytes.get(node.content.digest) ?? 0) : 0),
      0,
    );
    const hidden = {
      rawBytes: Math.max(0, totals.rawBytes - rawVisible),
      deflatedBytes: Math.max(0, totals.deflatedBytes - deflatedVisible),
    };
    return { name: origin, rawBytes, sizeBytes, nodes, hidden };
  });
}
