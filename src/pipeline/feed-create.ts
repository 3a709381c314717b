import { createPublicKey } from 'node:crypto';
import { basename, join, relative, resolve } from 'node:path';
import { readSigningKey, type SigningKey } from '../crypto/signing-key.ts';
import type { ApkRecipe, WrittenApk } from '../emit/apk/apk-recipe.ts';
import type { SegmentHash } from '../emit/apk/sign-segment.ts';
import { writeApkV2 } from '../emit/apk/write-apk-v2.ts';
import { writeApkV3 } from '../emit/apk/write-apk-v3.ts';
import { writeIndexV2 } from '../emit/apk/write-index-v2.ts';
import { writeIndexV3 } from '../emit/apk/write-index-v3.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { readKeyFile } from './key-files.ts';
import { packageFileName } from './package-yaml.ts';
import { readPackageFolder } from './read-package-folder.ts';
import { parseSourceDate } from './source-date.ts';

export type ApkFormat = 'v2' | 'v3';

export interface FeedCreateRequest {
  /** A folder of packages, or a folder with folders of packages. */
  readonly folder: string;
  /** Files with private keys; their public halves are called the same with `.pub`. */
  readonly keys: readonly string[];
  readonly formats: readonly ApkFormat[];
  readonly outDir: string;
  /** Architectures beside those of the packages; packages of `noarch` go into the folder of each. */
  readonly architectures: readonly string[];
  readonly description: string;
  /** Hash of version 2 signatures. */
  readonly hash: SegmentHash;
}

export interface FeedCreateResult {
  /** Paths of everything that was written. */
  readonly files: readonly { readonly path: string; readonly sizeBytes: number }[];
  readonly packages: readonly { readonly name: string; readonly version: string; readonly architecture: string }[];
}

/**
 * Makes a signed repository of apk packages from folders: `<outDir>/<format>/<arch>/` with packages and index, and the
 * public keys in `outDir`. The same folders and SOURCE_DATE_EPOCH give the same bytes.
 *
 * @throws KilopyError KP5250 for keys, KP5253 for packages
 */
export async function createFeed(ctx: Context, request: FeedCreateRequest): Promise<FeedCreateResult> {
  const keys = await readSigningKeys(ctx, request.keys);
  const recipes = await readRecipes(ctx, request.folder);
  const architectures = architecturesOf(recipes, request);
  const files: { readonly path: string; readonly sizeBytes: number }[] = [];

  async function write(path: string, bytes: Uint8Array): Promise<void> {
    await ctx.fs.writeAtomic(path, bytes);
    files.push({ path: relative(ctx.cwd, path) || path, sizeBytes: bytes.length });
  }

  const outDir = resolve(ctx.cwd, request.outDir);
  for (const format of request.formats) {
    const packages = await writePackages(recipes, keys, format, request.hash);
    for (const architecture of architectures) {
      const folder = join(outDir, format, architecture);
      await ctx.fs.makeDirectory(folder);
      const members = packages.filter(({ recipe }) => [architecture, 'noarch'].includes(recipe.architecture));
      for (const { recipe, bytes } of members) await write(join(folder, `${recipe.name}-${recipe.version}.apk`), bytes);
      if (format === 'v3')
        await write(join(folder, 'Packages.adb'), writeIndexV3(members, architecture, request.description, keys));
      else {
        const index = await writeIndexV2(members, architecture, request.description, keys, request.hash);
        await write(join(folder, 'APKINDEX.tar.gz'), index);
      }
    }
  }
  for (const key of keys) {
    const pem = createPublicKey(key.private).export({ type: 'spki', format: 'pem' });
    await write(join(outDir, key.public.name), Buffer.from(pem));
  }
  return { files, packages: recipes.map(({ name, version, architecture }) => ({ name, version, architecture })) };
}

async function writePackages(
  recipes: readonly ApkRecipe[],
  keys: readonly SigningKey[],
  format: ApkFormat,
  hash: SegmentHash,
): Promise<readonly WrittenApk[]> {
  const written: WrittenApk[] = [];
  for (const recipe of recipes) {
    written.push(format === 'v3' ? writeApkV3(recipe, keys) : await writeApkV2(recipe, keys, hash));
  }
  return written;
}

async function readSigningKeys(ctx: Context, files: readonly string[]): Promise<readonly SigningKey[]> {
  return await Promise.all(
    files.map(async (file) => {
      const pem = await readKeyFile(ctx, file);
      if (Buffer.from(pem).toString('latin1').includes('BEGIN PUBLIC KEY')) {
        throw new KilopyError('KP5250', `${file} is a public key; signing takes the private one`, {
          where: file,
          fix: `name ${file.replace(/\.pub$/u, '')}`,
        });
      }
      if (!/BEGIN [A-Z ]*PRIVATE KEY/u.test(Buffer.from(pem).toString('latin1'))) {
        throw new KilopyError('KP5250', `${file} has no private key in PEM`, { where: file });
      }
      return readSigningKey(pem, `${basename(file)}.pub`);
    }),
  );
}

async function readRecipes(ctx: Context, folder: string): Promise<readonly ApkRecipe[]> {
  const root = resolve(ctx.cwd, folder);
  const buildTime = parseSourceDate(ctx);
  const folders = await packageFolders(ctx, root, folder);
  const recipes: ApkRecipe[] = [];
  for (const one of folders) {
    const recipe = await readPackageFolder(ctx, one, buildTime, relative(ctx.cwd, one) || '.');
    const twin = recipes.find(
      ({ name, architecture }) => name === recipe.name && overlaps(architecture, recipe.architecture),
    );
    if (twin !== undefined) {
      throw new KilopyError('KP5253', `${recipe.name} is there twice`, {
        where: relative(ctx.cwd, one),
        why: `Versions ${twin.version} (${twin.architecture}) and ${recipe.version} (${recipe.architecture}) would stand in one index.`,
      });
    }
    recipes.push(recipe);
  }
  return recipes;
}

function overlaps(a: string, b: string): boolean {
  return a === b || a === 'noarch' || b === 'noarch';
}

async function packageFolders(ctx: Context, root: string, shown: string): Promise<readonly string[]> {
  if (await ctx.fs.exists(join(root, packageFileName))) return [root];
  const entries = await ctx.fs.readDirectory(root).catch((cause: unknown) => {
    throw new KilopyError('KP5253', `no folder ${shown}`, { where: shown, cause });
  });
  const folders: string[] = [];
  for (const entry of entries) {
    const path = join(root, entry.name);
    if (await ctx.fs.exists(join(path, packageFileName))) folders.push(path);
  }
  if (folders.length === 0) {
    throw new KilopyError('KP5253', `${shown} has no package`, {
      where: shown,
      why: `Neither it nor a folder in it has a ${packageFileName}.`,
    });
  }
  return folders;
}

function architecturesOf(recipes: readonly ApkRecipe[], request: FeedCreateRequest): readonly string[] {
  const named = recipes.map(({ architecture }) => architecture).filter((architecture) => architecture !== 'noarch');
  const all = [...new Set([...request.architectures, ...named])].toSorted();
  if (all.length > 0) return all;
  throw new KilopyError('KP5253', 'all packages are for noarch', {
    where: request.folder,
    why: 'apk looks into the folder of its own architecture.',
    fix: 'say for which machines, such as --arch x86_64,aarch64',
  });
}
