import { basename, join } from 'node:path';
import type { Compression } from '../codec/compression.ts';
import { readTarStream } from '../codec/tar/read-tar-stream.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { ImageConfig } from '../image/image-documents.ts';
import { archiveFiles, folderFiles, type ImageFiles } from '../image/image-files.ts';
import { imageFileKind, type FileSystemKind } from '../image/image-file-kind.ts';
import { indexedArchive } from '../image/indexed-archive.ts';
import { listImages, type ImageChoice, type ListedImage } from '../image/list-images.ts';
import { plainChunks } from '../image/plain-chunks.ts';
import { readDeb } from '../image/read-deb.ts';
import { readFolder } from '../image/read-folder.ts';
import { readFileSystem } from '../image/read-file-system.ts';
import { readFoundImage } from '../image/read-image.ts';
import { readRootfsTar } from '../image/read-rootfs-tar.ts';
import type { Context } from '../io/context.ts';
import type { ContentMeter } from '../report/content-meter.ts';
import { openStore } from '../store/store.ts';
import type { Tree } from '../tree/node.ts';
import type { Digest } from '../values/digest.ts';
import { withScratch } from './scratch.ts';

export type ImageKind =
  | 'oci-archive'
  | 'oci-layout'
  | 'docker-archive'
  | 'rootfs-tar'
  | FileSystemKind
  | 'folder'
  | 'deb';

/** A file or folder with one image or several, whoever made it. */
export interface LoadedFile {
  readonly kind: ImageKind;
  readonly path: string;
  /** At least one. */
  readonly images: readonly LoadedImage[];
}

export interface LoadedImage {
  /** Tags, else the platform, else the file's name. */
  readonly name: string;
  readonly platform: string | undefined;
  /** Of the manifest, where the file has one. */
  readonly digest: Digest | undefined;
  readonly config: ImageConfig | undefined;
  readonly layers: readonly LoadedLayer[];
  readonly tree: Tree;
  /** What the meter found while this image was read. */
  readonly meter: ContentMeter;
  /** Fields of a .deb's control file. */
  readonly control?: ReadonlyMap<string, string>;
}

export interface LoadedLayer {
  /** As in the origins of its nodes. */
  readonly origin: string;
  readonly digest: Digest | undefined;
  /** Bytes of its tar; undefined for folders. */
  readonly rawBytes: number | undefined;
  /** Bytes as it lies in the file; undefined where it is not compressed by itself. */
  readonly sizeBytes: number | undefined;
}

export interface LoadSettings {
  /** A new one for each image. */
  readonly meter: () => ContentMeter;
  readonly choice?: ImageChoice;
}

/**
 * Reads any image as trees: OCI layouts (folder or archive), Docker archives, root file systems (tar, cpio, ext4, squashfs,
 * compressed or not; folder) and .deb packages. Contents pass through the meter and are not kept.
 *
 * @throws KilopyError KP1203 when there is nothing at the path, KP7401 to KP7404 for images that are damaged, KP7402 for
 *   a choice that no image answers, KP4xxx for damaged archives and file systems
 */
export async function loadImage(ctx: Context, path: string, settings: LoadSettings): Promise<LoadedFile> {
  const stat = await statOf(ctx, path);
  if (stat.isDirectory()) return loadFolder(ctx, path, settings);
  if (!stat.isFile()) throw unreadable(path, 'it is neither a file nor a folder');
  const head = await firstBytes(ctx, path);
  if (head.subarray(0, 8).toString('latin1') === '!<arch>\n') return loadDeb(ctx, path, Number(stat.size), settings);
  const { compression, fileSystem } = await imageFileKind(ctx, path, path);
  if (fileSystem !== undefined) {
    return withScratch(ctx, async (scratch) => {
      const meter = settings.meter();
      const tree = await readFileSystem(
        ctx,
        path,
        { compression, fileSystem },
        { blobs: meter, source: path, scratch },
      );
      return single(fileSystem, path, { tree, meter, layers: [fileLayer(compression, Number(stat.size))] });
    });
  }
  if (!(await holdsImages(ctx, path))) return loadRootfs(ctx, path, Number(stat.size), compression, settings);
  if (compression === 'none') return loadImages(ctx, path, await indexedArchive(ctx, path, path), settings);
  return withScratch(ctx, async (scratch) => {
    // Not the user's store: nothing of a foreign file is verified.
    const store = await openStore(ctx, join(scratch, 'store'));
    return loadImages(ctx, path, await archiveFiles(ctx, ctx.fs.readStream(path), store, path), settings);
  });
}

async function loadFolder(ctx: Context, path: string, settings: LoadSettings): Promise<LoadedFile> {
  if (await ctx.fs.exists(join(path, 'index.json')))
    return { ...(await loadImages(ctx, path, folderFiles(ctx, path), settings)), kind: 'oci-layout' };
  const meter = settings.meter();
  const tree = await readFolder(ctx, path, meter);
  return single('folder', path, { tree, meter, layers: [unpacked('folder')] });
}

async function loadDeb(ctx: Context, path: string, sizeBytes: number, settings: LoadSettings): Promise<LoadedFile> {
  if (sizeBytes > maxDebBytes) throw unreadable(path, `a .deb of more than ${String(maxDebBytes)} bytes is not read`);
  const meter = settings.meter();
  const { control, tree, dataBytes } = await readDeb(ctx, await ctx.fs.readFile(path), meter, path);
  const layer: LoadedLayer = { ...unpacked('rootfs'), sizeBytes: dataBytes };
  return single('deb', path, { tree, meter, control, layers: [layer] });
}

/** ar(5) members are read whole. */
const maxDebBytes = 2 ** 30;

async function loadRootfs(
  ctx: Context,
  path: string,
  sizeBytes: number,
  compression: Compression,
  settings: LoadSettings,
): Promise<LoadedFile> {
  const meter = settings.meter();
  const tree = await readRootfsTar(ctx, ctx.fs.readStream(path), meter, path);
  return single('rootfs-tar', path, { tree, meter, layers: [fileLayer(compression, sizeBytes)] });
}

function fileLayer(compression: Compression, sizeBytes: number): LoadedLayer {
  return { ...unpacked('rootfs'), ...(compression === 'none' ? { rawBytes: sizeBytes } : { sizeBytes }) };
}

function single(
  kind: ImageKind,
  path: string,
  image: Pick<LoadedImage, 'tree' | 'meter' | 'layers'> & { readonly control?: ReadonlyMap<string, string> },
): LoadedFile {
  const { control, ...rest } = image;
  const facts = { name: basename(path), platform: undefined, digest: undefined, config: undefined };
  return { kind, path, images: [{ ...facts, ...rest, ...(control === undefined ? {} : { control }) }] };
}

function unpacked(origin: string): LoadedLayer {
  return { origin, digest: undefined, rawBytes: undefined, sizeBytes: undefined };
}

async function loadImages(
  ctx: Context,
  path: string,
  files: ImageFiles,
  { meter: newMeter, choice = {} }: LoadSettings,
): Promise<LoadedFile> {
  const kind = (await files.has('index.json')) ? 'oci-archive' : 'docker-archive';
  const listed = await listImages(files);
  const images: LoadedImage[] = [];
  for (const one of listed) {
    if (choice.tag !== undefined && !one.tags.some((tag) => isTag(tag, choice.tag ?? ''))) continue;
    if (choice.platform !== undefined && one.platform !== undefined && one.platform !== choice.platform) continue;
    const meter = newMeter();
    const read = await readFoundImage(ctx, files, one.manifest, meter, path);
    const platform = one.platform ?? platformOf(read.config);
    if (choice.platform !== undefined && platform !== choice.platform) continue;
    images.push({
      name: one.tags.length > 0 ? one.name : (platform ?? basename(path)),
      platform,
      digest: one.digest,
      config: read.config,
      layers: read.layers.map(({ diffId, digest, rawBytes, sizeBytes }) => ({
        origin: diffId,
        digest,
        rawBytes,
        sizeBytes: digest === diffId ? undefined : sizeBytes,
      })),
      tree: read.tree,
      meter,
    });
  }
  if (images.length === 0) throw noImage(path, listed, choice);
  return { kind, path, images };
}

/** `hello` means `docker.io/library/hello:latest` as `docker` has it, too. */
function isTag(tag: string, wanted: string): boolean {
  return (
    tag === wanted ||
    tag.endsWith(`/${wanted}`) ||
    tag.replace(/:latest$/u, '').endsWith(`/${wanted}`) ||
    tag === `${wanted}:latest`
  );
}

function platformOf({ os, architecture, variant }: ImageConfig): string | undefined {
  return architecture === undefined ? undefined : [os, architecture, variant].filter(Boolean).join('/');
}

function noImage(path: string, listed: readonly ListedImage[], { platform, tag }: ImageChoice): KilopyError {
  const asked = [tag, platform].filter(Boolean).join(' for ');
  const offered = listed.map(({ name, platform: has }) =>
    has === undefined || has === name ? name : `${name} (${has})`,
  );
  return new KilopyError('KP7402', `${path} has no image${asked === '' ? '' : ` ${asked}`}`, {
    where: path,
    why: offered.length === 0 ? 'it holds no image' : `it holds ${offered.join(', ')}`,
    data: { offered },
  });
}

/** What stands at the top of a root file system (hier(7)), and never of an image archive. */
const rootFolders =
  /^(?:\.\/)?(?:bin|boot|dev|etc|home|lib|lib32|lib64|libx32|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)(?:\/|$)/u;

/** Whether a tar archive holds images, told by the names in it; its manifest may be the last. */
export async function holdsImages(ctx: Context, path: string): Promise<boolean> {
  const chunks = plainChunks(ctx, ctx.fs.readStream(path));
  for await (const { header } of readTarStream(chunks, { source: path, limits: ctx.limits })) {
    if (rootFolders.test(header.path)) return false;
    if (/^(?:\.\/)?(?:index|manifest)\.json$/u.test(header.path)) return true;
  }
  return false;
}

async function firstBytes(ctx: Context, path: string): Promise<Buffer> {
  for await (const chunk of ctx.fs.readStream(path)) return Buffer.from(chunk);
  throw unreadable(path, 'it is empty');
}

async function statOf(ctx: Context, path: string): ReturnType<Context['fs']['stat']> {
  try {
    return await ctx.fs.stat(path);
  } catch (cause) {
    const isAbsent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new KilopyError('KP1203', isAbsent ? `there is nothing at ${path}` : `${path} cannot be read`, {
      ...(isAbsent ? {} : { why: (cause as Error).message }),
      fix: 'name an archive or a folder that exists',
      cause,
    });
  }
}

function unreadable(path: string, why: string): KilopyError {
  return new KilopyError('KP1203', `${path} is no image that kilopy reads`, { where: path, why });
}
