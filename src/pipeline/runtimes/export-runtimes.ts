import { createPublicKey } from 'node:crypto';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { readSigningKey, type SigningKey } from '../../crypto/signing-key.ts';
import type { ApkRecipe, WrittenApk } from '../../emit/apk/apk-recipe.ts';
import { writeApkV2 } from '../../emit/apk/write-apk-v2.ts';
import { writeIndexV2 } from '../../emit/apk/write-index-v2.ts';
import type { Context } from '../../io/context.ts';
import { readKeyFile } from '../key-files.ts';
import { ensureAlpine } from '../../runtime/alpine/ensure-alpine.ts';
import { ensureMicroPython } from '../../runtime/micropython/ensure-micropython.ts';
import type { OwnSource } from '../../runtime/micropython/own-sources.ts';
import type { RuntimeVariant } from '../../spec/bases.ts';
import type { Target } from '../../spec/targets.ts';
import { openStore, type Store } from '../../store/store.ts';
import { alpinePackages } from './alpine-packages.ts';
import { ensureKey } from './runtime-feed.ts';
import { runtimePackage } from './runtime-package.ts';

export interface ExportRequest {
  readonly targets: readonly Target[];
  readonly variants: readonly RuntimeVariant[];
  /** Tarballs in place of Debian's source packages. */
  readonly own: readonly OwnSource[];
  /** A compiler of this computer in place of Debian's. */
  readonly toolchain?: string | undefined;
  readonly outDir: string;
  /** File with a private RSA key; default the one of this machine. */
  readonly key?: string | undefined;
  readonly offline: boolean;
  /** Asks Debian for newer sources and compilers. */
  readonly update: boolean;
}

export interface ExportedFile {
  /** Relative to the working directory. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** Writes files of a feed below a folder. */
type WriteFile = (path: string, bytes: Uint8Array) => Promise<void>;

/**
 * Writes runtimes as a signed apk feed, `OUT/ARCH/`, and its public key beside it: a folder for any web server, and for
 * `feeds: [{name: runtime, url: ..., keys: [...]}]` of people without compilers. Compiles what is missing.
 *
 * @throws KilopyError KP91xx, KP5250
 */
export async function exportRuntimes(ctx: Context, request: ExportRequest): Promise<readonly ExportedFile[]> {
  const { targets, variants, own, toolchain, update } = request;
  return await exportFeed(ctx, request, async (store, key, write) => {
    for (const target of targets) {
      const packages: ApkRecipe[] = [];
      for (const variant of variants) {
        const product = await ensureMicroPython(ctx, store, target, variant, { own, toolchain, update });
        packages.push(runtimePackage(product, target, await store.read(product.blob)));
      }
      await writeRepository(write, '', packages, [key], [key]);
    }
  });
}

/**
 * Writes MicroPython for base alpine, with musl and libffi, as a mirror in Alpine's layout, `OUT/RELEASE/main/ARCH/` and
 * `OUT/RELEASE/community/ARCH/`, for `base: {alpine: {mirror: ..., keys: [...]}}`. Compiles what is missing.
 *
 * @param release name of the branch that the mirror has, such as `v3.24`
 * @throws KilopyError KP91xx, KP5250
 */
export async function exportAlpine(
  ctx: Context,
  request: Omit<ExportRequest, 'variants' | 'own' | 'toolchain'> & { readonly release: string },
): Promise<readonly ExportedFile[]> {
  return await exportFeed(ctx, request, async (store, key, write) => {
    for (const target of request.targets) {
      const packages = await alpinePackages(ctx, store, target, await ensureAlpine(ctx, store, target, request));
      for (const repository of ['main', 'community'] as const) {
        const recipes = packages.filter((one) => one.repository === repository).map(({ recipe }) => recipe);
        await writeRepository(write, `${request.release}/${repository}/`, recipes, [], [key]);
      }
    }
  });
}

async function exportFeed(
  ctx: Context,
  request: Pick<ExportRequest, 'outDir' | 'key' | 'offline'>,
  writeAll: (store: Store, key: SigningKey, write: WriteFile) => Promise<void>,
): Promise<readonly ExportedFile[]> {
  const store = await openStore(ctx, undefined, { offline: request.offline });
  const key =
    request.key === undefined
      ? await ensureKey(ctx, store, join(store.root, 'runtimes', 'kilopy-runtime.rsa'))
      : readSigningKey(await readKeyFile(ctx, request.key), `${basename(request.key)}.pub`);
  const outDir = resolve(ctx.cwd, request.outDir);
  const files: ExportedFile[] = [];
  async function write(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(outDir, name);
    await ctx.fs.makeDirectory(dirname(path));
    await ctx.fs.writeAtomic(path, bytes);
    files.push({ path: relative(ctx.cwd, path), sizeBytes: bytes.length });
  }
  await writeAll(store, key, write);
  await write(key.public.name, Buffer.from(createPublicKey(key.private).export({ type: 'spki', format: 'pem' })));
  return files;
}

/** One architecture of a repository. The index last: what it names is there. */
async function writeRepository(
  write: WriteFile,
  place: string,
  recipes: readonly ApkRecipe[],
  packageKeys: readonly SigningKey[],
  keys: readonly SigningKey[],
): Promise<void> {
  const architecture = recipes[0]?.architecture ?? '';
  const packages: WrittenApk[] = [];
  for (const recipe of recipes) {
    const written = await writeApkV2(recipe, packageKeys, 'sha256');
    await write(`${place}${architecture}/${recipe.name}-${recipe.version}.apk`, written.bytes);
    packages.push(written);
  }
  const index = await writeIndexV2(packages, architecture, 'kilopy runtimes', keys, 'sha256');
  await write(`${place}${architecture}/APKINDEX.tar.gz`, index);
}
