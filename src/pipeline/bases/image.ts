import { basename, join } from 'node:path';
import { sha256, createHasher } from '../../crypto/digest.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { archiveFiles, folderFiles } from '../../image/image-files.ts';
import { imageFileKind } from '../../image/image-file-kind.ts';
import { readFileSystem } from '../../image/read-file-system.ts';
import { readImage } from '../../image/read-image.ts';
import { readRootfsTar } from '../../image/read-rootfs-tar.ts';
import type { Context } from '../../io/context.ts';
import type { ImageSettings } from '../../spec/bases.ts';
import type { Spec } from '../../spec/spec.ts';
import type { Target } from '../../spec/targets.ts';
import type { Store } from '../../store/store.ts';
import type { Tree } from '../../tree/node.ts';
import { resolvePath } from '../../tree/paths.ts';
import type { Digest } from '../../values/digest.ts';
import { nameArchives } from '../archives.ts';
import { holdsImages } from '../load-image.ts';
import { withScratch } from '../scratch.ts';
import type { BaseFeed } from './base-feed.ts';

const program = '/usr/bin/micropython';

/**
 * An image that exists already: an OCI layout in a folder, an archive with images, or a root file system as tar,
 * cpio, ext4 or squashfs. It has no feed, so no packages are added; what it holds is never thinned, its package database
 * included. The lock keeps its digest.
 */
export const imageBase: BaseFeed = {
  runtimePackage: () => undefined,
  wishName: (text) => text,
  archives: async () => await Promise.resolve(nameArchives([])),
  async solve(ctx, _store, { spec, wishes }) {
    const [wish] = wishes;
    if (wish !== undefined) {
      throw new KilopyError('KP2011', `packages do not go with a base that is an image (${wish.text})`, {
        where: wish.where,
        why: 'an image has no feed that they could come from',
        fix: 'remove packages:, or build on a base with packages',
      });
    }
    const { path } = settingsOf(spec);
    const source = { archive: 'image', path: basename(path), date: new Date(0).toISOString(), trust: 'untrusted' };
    return { sources: [{ ...source, digest: await digestOfImage(ctx, path) }], packages: [] };
  },
  async checkLocked(ctx, _store, { spec, section: { sources }, file }) {
    const { path, shown } = settingsOf(spec);
    const [now, then] = [await digestOfImage(ctx, path), sources[0]?.digest];
    if (now === then) return;
    throw new KilopyError('KP5601', `${file} was made on another ${shown}`, {
      where: file,
      why: `its digest is ${now}, and was ${then ?? 'not there'}`,
    });
  },
  urlPath: (path) => path,
  unpack: async () => await Promise.reject(new Error('an image has no packages to unpack')),
  replacesRule: () => () => false,
  usrMerge: () => undefined,
  tree: readBase,
};

function settingsOf({ base }: Spec): ImageSettings {
  if (base.name !== 'image') throw new TypeError(`the base ${base.name} is no image`);
  return base.settings;
}

async function readBase(ctx: Context, store: Store, spec: Spec, target: Target): Promise<Tree> {
  const { path, shown } = settingsOf(spec);
  const tree = await readTree(ctx, store, path, shown, target);
  if (resolvePath(tree, program).node?.type === 'file') return tree;
  throw new KilopyError('KP2014', `${shown} has no ${program}`, {
    where: spec.base.where,
    fix: 'use an image with MicroPython at this path, or base: debian',
  });
}

async function readTree(ctx: Context, store: Store, path: string, shown: string, target: Target): Promise<Tree> {
  const options = { reference: shown, platform: target.oci };
  const stat = await statOf(ctx, path, shown);
  if (stat.isDirectory()) return (await readImage(ctx, folderFiles(ctx, path), store, options)).tree;
  const { compression, fileSystem } = await imageFileKind(ctx, path, shown);
  if (fileSystem !== undefined) {
    return withScratch(ctx, (scratch) =>
      readFileSystem(ctx, path, { compression, fileSystem }, { blobs: store, source: shown, scratch }),
    );
  }
  if (!(await holdsImages(ctx, path))) return await readRootfsTar(ctx, ctx.fs.readStream(path), store, shown);
  const files = await archiveFiles(ctx, ctx.fs.readStream(path), store, path);
  return (await readImage(ctx, files, store, options)).tree;
}

/** Of an archive its own, of a layout that of its index, which names everything else by digest. */
async function digestOfImage(ctx: Context, path: string): Promise<Digest> {
  const stat = await statOf(ctx, path, path);
  if (stat.isDirectory()) return sha256(await ctx.fs.readFile(join(path, 'index.json')));
  const hasher = createHasher();
  for await (const chunk of ctx.fs.readStream(path)) hasher.update(chunk);
  return hasher.digest();
}

async function statOf(ctx: Context, path: string, shown: string): ReturnType<Context['fs']['stat']> {
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
