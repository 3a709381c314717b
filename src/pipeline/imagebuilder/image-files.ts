import { encodeGzip, gzipEncoderVersion } from '../../codec/gzip/encode-gzip.ts';
import { treeToCpio } from '../../emit/cpio.ts';
import { digestOf } from '../../emit/measure.ts';
import { openwrtSquashfs, treeToSquashfs } from '../../emit/squashfs.ts';
import { treeToTar } from '../../emit/tar.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Store } from '../../store/store.ts';
import type { Node, Tree } from '../../tree/node.ts';
import { overlay } from '../../tree/overlay.ts';
import { rememberedBlob } from '../boot/remembered-blob.ts';
import { withScratch } from '../scratch.ts';
import type { ChosenPackages } from './choose.ts';
import { containerArchive } from './container.ts';
import { imagePrefix, manifestText, profilesJson, sha256sums, type BuiltFile } from './documents.ts';
import { checkSize, collect, ext4Image, partitionBytes } from './image-size.ts';
import { maltaKernel } from './kernels.ts';
import type { Builder } from './open.ts';
import type { ImageBuilderRequest } from './request.ts';

/** What ImageBuilder makes of a tree; `oci` is kilopy's own. */
const fileSystems = ['squashfs', 'ext4', 'targz', 'cpiogz', 'oci'] as const;

/** Throws KP2318 for a file system that is not made. */
export function checkFileSystem({ words }: ImageBuilderRequest): void {
  const wanted = words.ROOTFS_FILESYSTEM;
  if (wanted === undefined || fileSystems.some((name) => name === wanted)) return;
  throw new KilopyError('KP2318', `ROOTFS_FILESYSTEM=${wanted} is not made`, { data: { wanted } });
}

/**
 * Every file that ImageBuilder leaves, under its names: for malta the nine of a release (target/linux/malta/image), for
 * other boards those of `rootfs` images; and profiles.json.
 *
 * @throws KilopyError KP2315, KP2322 for what is too large
 */
export async function imageFiles(
  ctx: Context,
  store: Store,
  builder: Builder,
  chosen: ChosenPackages,
  request: ImageBuilderRequest,
  tree: Tree,
  epochSeconds: number,
): Promise<readonly BuiltFile[]> {
  const { words } = request;
  const wanted = words.ROOTFS_FILESYSTEM;
  const makes = (name: (typeof fileSystems)[number]): boolean => wanted === undefined || wanted === name;
  const prefix = imagePrefix(builder, words.EXTRA_IMAGE_NAME);
  const profile = (chosen.profile?.id ?? 'default').toLowerCase();
  const withConsole = overlay(tree, [consoleNode(epochSeconds)]).tree;
  const isMalta = builder.board.startsWith('malta/');
  const files: BuiltFile[] = [];
  const add = (name: string, type: string, bytes: Uint8Array, filesystem?: string): void => {
    files.push({ name, type, bytes, filesystem, isImage: true });
  };
  ctx.emit({ type: 'step.started', step: 'emit', title: 'making outputs' });
  if (makes('squashfs')) {
    const options = { ...openwrtSquashfs, mtimeSeconds: epochSeconds };
    const squashfs = await withScratch(ctx, (scratch) => treeToSquashfs(ctx, withConsole, store, scratch, options));
    checkSize(builder, words.ROOTFS_PARTSIZE, squashfs.length, tree);
    const name = isMalta ? `${prefix}-rootfs-squashfs.img` : `${prefix}-${profile}-squashfs-rootfs.img`;
    // On a disk the overlay is what follows the file system: without room there is none.
    const image = isMalta ? padTo(squashfs, partitionBytes(words.ROOTFS_PARTSIZE)) : squashfs;
    if (!isMalta) add(name, 'squashfs-rootfs', squashfs, 'squashfs');
    add(`${name}.gz`, 'squashfs-rootfs', await gzip(store, image), 'squashfs');
  }
  if (makes('ext4')) {
    const name = isMalta ? `${prefix}-rootfs-ext4.img.gz` : `${prefix}-${profile}-ext4-rootfs.img.gz`;
    const image = await ext4Image(store, withConsole, words.ROOTFS_PARTSIZE, epochSeconds);
    add(name, 'ext4-rootfs', await gzip(store, image), 'ext4');
  }
  if (makes('targz')) {
    add(`${prefix}-${profile}-rootfs.tar.gz`, 'rootfs', await gzip(store, await collect(treeToTar(tree, store))));
  }
  if (makes('cpiogz')) {
    add(`${prefix}-rootfs.cpio.gz`, 'rootfs', await gzip(store, await collect(treeToCpio(withConsole, store))));
  }
  if (wanted === 'oci') {
    const bytes = await containerArchive(ctx, store, builder, tree, epochSeconds);
    add(`${prefix}-${profile}-rootfs.oci.tar`, 'container', bytes);
  }
  // Archives are for containers and other kernels.
  if (isMalta && (makes('squashfs') || makes('ext4'))) {
    const kernel = await maltaKernel(ctx, store, builder, request, epochSeconds);
    for (const [name, bytes] of Object.entries(kernel ?? {})) add(`${prefix}-${name}`, 'kernel', bytes);
  }
  const addText = (name: string, type: string, text: string): void => {
    files.push({ name, type, bytes: Buffer.from(text), isImage: false });
  };
  addText(`${prefix}-${profile}.manifest`, 'manifest', manifestText(chosen.plan));
  addText('profiles.json', 'profiles', profilesJson(builder, chosen, prefix, profile, files, epochSeconds));
  addText('sha256sums', 'sums', sha256sums(files));
  ctx.emit({ type: 'step.finished', step: 'emit' });
  return files;
}

/** Compressed once: an image that did not change costs its digest. */
async function gzip(store: Store, bytes: Uint8Array): Promise<Uint8Array> {
  const blob = await rememberedBlob(store, `gzip ${gzipEncoderVersion}`, digestOf(bytes), async function* () {
    yield await encodeGzip(bytes);
  });
  return await store.read(blob);
}

function padTo(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  const padded = new Uint8Array(Math.max(sizeBytes, bytes.length));
  padded.set(bytes);
  return padded;
}

/** The kernel opens it before anything is mounted (include/image.mk adds it to squashfs). */
function consoleNode(mtimeSeconds: number): Node {
  const origin = { kind: 'pass', pass: 'console' } as const;
  return {
    type: 'device',
    device: 'char',
    path: 'dev/console',
    mode: 0o600,
    uid: 0,
    gid: 0,
    mtimeSeconds,
    major: 5,
    minor: 1,
    origin,
  };
}
