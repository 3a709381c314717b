import { detectCompression } from '../../../codec/compression.ts';
import type { BelowImage } from '../../../emit/emit-input.ts';
import { KilopyError } from '../../../errors/kilopy-error.ts';
import { findManifest, type FoundManifest } from '../../../image/find-manifest.ts';
import { archiveFiles, folderFiles, type ImageFiles } from '../../../image/image-files.ts';
import { imageFileKind } from '../../../image/image-file-kind.ts';
import { readFileSystem } from '../../../image/read-file-system.ts';
import { readFoundImage, type ReadImage } from '../../../image/read-image.ts';
import { readRootfsTar } from '../../../image/read-rootfs-tar.ts';
import type { Context } from '../../../io/context.ts';
import { formatReference, parseReference } from '../../../registry/reference.ts';
import type { ImageSettings } from '../../../spec/bases.ts';
import type { Target } from '../../../spec/targets.ts';
import type { Store } from '../../../store/store.ts';
import type { Tree } from '../../../tree/node.ts';
import type { Digest } from '../../../values/digest.ts';
import type { OciLayer } from '../../../values/oci-image.ts';
import { holdsImages } from '../../load-image.ts';
import { withScratch } from '../../scratch.ts';
import { platformText } from '../../registry/choose-platform.ts';
import { registryFiles } from './registry-files.ts';

/** What a base that is an image gives: its files, and its layers where they can be kept. */
export interface ReadBelow {
  readonly tree: Tree;
  /** Undefined for a root file system without layers; without `layers` where no engine would take them as they are. */
  readonly image: BelowImage | undefined;
}

const known = new WeakMap<Store, Map<string, Promise<ReadBelow>>>();

/**
 * Reads the image for a target; once for each store, because choosing packages and building both look at it.
 *
 * @param digest of the lock
 * @throws KilopyError KP2012 for a path that is not there, KP61xx, KP6110 and KP7402 for another platform, KP74xx
 */
export async function readBelow(
  ctx: Context,
  store: Store,
  settings: ImageSettings,
  target: Target,
  digest: Digest,
): Promise<ReadBelow> {
  const ofStore = known.get(store) ?? new Map<string, Promise<ReadBelow>>();
  known.set(store, ofStore);
  const key = [settings.path, digest, target.name].join(' ');
  const found = ofStore.get(key) ?? read(ctx, store, settings, target, digest);
  ofStore.set(key, found);
  return await found;
}

async function read(
  ctx: Context,
  store: Store,
  { from, path, shown, plainHttp }: ImageSettings,
  target: Target,
  digest: Digest,
): Promise<ReadBelow> {
  if (from === 'registry') {
    const files = await registryFiles(ctx, store, { path, plainHttp }, digest, target.oci);
    const manifest = await findManifest(files, {});
    const annotations = {
      'org.opencontainers.image.base.digest': digest,
      'org.opencontainers.image.base.name': formatReference(parseReference(path)),
    };
    return await readLayered(ctx, store, files, manifest, { shown, target, from, annotations });
  }
  const stat = await statOf(ctx, path, shown);
  if (!stat.isDirectory()) {
    const tree = await readRoot(ctx, store, path, shown);
    if (tree !== undefined) return { tree, image: undefined };
  }
  const files = stat.isDirectory()
    ? folderFiles(ctx, path)
    : await archiveFiles(ctx, ctx.fs.readStream(path), store, path);
  const manifest = await findManifest(files, { platform: target.oci });
  return await readLayered(ctx, store, files, manifest, { shown, target, from, annotations: {} });
}

/** A root file system without layers; undefined for an archive with images. */
async function readRoot(ctx: Context, store: Store, path: string, shown: string): Promise<Tree | undefined> {
  const { compression, fileSystem } = await imageFileKind(ctx, path, shown);
  if (fileSystem !== undefined) {
    return await withScratch(ctx, (scratch) =>
      readFileSystem(ctx, path, { compression, fileSystem }, { blobs: store, source: shown, scratch }),
    );
  }
  if (await holdsImages(ctx, path)) return undefined;
  return await readRootfsTar(ctx, ctx.fs.readStream(path), store, shown);
}

interface Wanted extends Pick<ImageSettings, 'shown' | 'from'> {
  readonly target: Target;
  /** Of an image of a registry. */
  readonly annotations: Readonly<Record<string, string>>;
}

async function readLayered(
  ctx: Context,
  store: Store,
  files: ImageFiles,
  manifest: FoundManifest,
  wanted: Wanted,
): Promise<ReadBelow> {
  const image = await readFoundImage(ctx, files, manifest, store, wanted.shown);
  checkPlatform(image, wanted);
  let layers: OciLayer[] | undefined = [];
  for (const [index, layer] of image.layers.entries()) {
    const name = manifest.layers[index]?.name ?? '';
    const mediaType = await layerType(files, name);
    // Layers in xz or bzip2 are read, but not kept: no engine takes them.
    if (mediaType === undefined) {
      layers = undefined;
      break;
    }
    if (!(await store.has(layer.digest))) await store.putStream(files.open(name));
    layers.push({ ...layer, mediaType, origin: wanted.shown });
  }
  const { config = {}, history } = image.config as typeof image.config & { readonly history?: unknown };
  return {
    tree: image.tree,
    image: {
      tree: image.tree,
      layers,
      env: texts(config?.['Env']),
      labels: labelsOf(config?.['Labels']),
      history: Array.isArray(history) ? (history as readonly object[]) : [],
      annotations: wanted.annotations,
    },
  };
}

/** image-spec, media-types.md: the layers of Docker's types are the same bytes. */
async function layerType(files: ImageFiles, name: string): Promise<string | undefined> {
  const head: Uint8Array[] = [];
  for await (const chunk of files.open(name)) {
    head.push(chunk);
    if (head.reduce((sum, { length }) => sum + length, 0) >= 6) break;
  }
  const tar = 'application/vnd.oci.image.layer.v1.tar';
  const types: Readonly<Record<string, string | undefined>> = { none: tar, gzip: `${tar}+gzip`, zstd: `${tar}+zstd` };
  return types[detectCompression(Buffer.concat(head))];
}

/** An index, or a manifest that stands alone, need not say what it is for; the configuration does. */
function checkPlatform({ config }: ReadImage, { shown, target, from }: Wanted): void {
  const { os = 'linux', architecture, variant } = config;
  const { oci } = target;
  const fits =
    architecture === undefined ||
    (os === 'linux' &&
      architecture === oci.architecture &&
      (variant === undefined || oci.variant === undefined || variant === oci.variant));
  if (fits) return;
  const offered = platformText({ os, architecture, variant });
  throw new KilopyError(from === 'registry' ? 'KP6110' : 'KP7402', `${shown} is not for ${platformText(oci)}`, {
    where: shown,
    why: `it is for ${offered}`,
    fix: `build for that with --target ${offered}, or use an image for ${target.name}`,
    data: { offered: [offered] },
  });
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function labelsOf(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

export async function statOf(ctx: Context, path: string, shown: string): ReturnType<Context['fs']['stat']> {
  try {
    return await ctx.fs.stat(path);
  } catch (cause) {
    throw new KilopyError('KP2012', `there is no image ${shown}`, {
      where: path,
      fix: 'correct base: {image: PATH}',
      cause,
    });
  }
}
