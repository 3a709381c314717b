import { createPublicKey } from 'node:crypto';
import { basename, join, relative, resolve } from 'node:path';
import { readSigningKey } from '../../crypto/signing-key.ts';
import type { WrittenApk } from '../../emit/apk/apk-recipe.ts';
import { writeApkV2 } from '../../emit/apk/write-apk-v2.ts';
import { writeIndexV2 } from '../../emit/apk/write-index-v2.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { ensureMicroPython } from '../../runtime/micropython/ensure-micropython.ts';
import type { RuntimeVariant } from '../../spec/bases.ts';
import type { Target } from '../../spec/targets.ts';
import { openStore } from '../../store/store.ts';
import { runtimeArchitecture } from './runtime-architecture.ts';
import { ensureKey } from './runtime-feed.ts';
import { runtimePackage } from './runtime-package.ts';

export interface ExportRequest {
  readonly targets: readonly Target[];
  readonly variants: readonly RuntimeVariant[];
  readonly outDir: string;
  /** File with a private RSA key; default the one of this machine. */
  readonly key?: string | undefined;
  readonly offline: boolean;
}

export interface ExportedFile {
  /** Relative to the working directory. */
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * Writes runtimes as a signed apk feed, `OUT/ARCH/`, and its public key beside it: a folder for any web server, and for
 * `feeds: [{name: runtime, url: ..., keys: [...]}]` of people without compilers. Compiles what is missing.
 *
 * @throws KilopyError KP91xx, KP5250
 */
export async function exportRuntimes(ctx: Context, request: ExportRequest): Promise<readonly ExportedFile[]> {
  const store = await openStore(ctx, undefined, { offline: request.offline });
  const key =
    request.key === undefined
      ? await ensureKey(ctx, store, join(store.root, 'runtimes', 'kilopy-runtime.rsa'))
      : readSigningKey(await readKey(ctx, request.key), `${basename(request.key)}.pub`);
  const outDir = resolve(ctx.cwd, request.outDir);
  const files: ExportedFile[] = [];
  async function write(path: string, bytes: Uint8Array): Promise<void> {
    await ctx.fs.writeAtomic(path, bytes);
    files.push({ path: relative(ctx.cwd, path), sizeBytes: bytes.length });
  }
  for (const target of request.targets) {
    const architecture = runtimeArchitecture(target);
    const folder = join(outDir, architecture);
    await ctx.fs.makeDirectory(folder);
    const packages: WrittenApk[] = [];
    for (const variant of request.variants) {
      const product = await ensureMicroPython(ctx, store, target, variant);
      const recipe = runtimePackage(product, target, await store.read(product.blob));
      const written = await writeApkV2(recipe, [key], 'sha256');
      await write(join(folder, `${recipe.name}-${recipe.version}.apk`), written.bytes);
      packages.push(written);
    }
    const index = await writeIndexV2(packages, architecture, 'kilopy runtimes', [key], 'sha256');
    await write(join(folder, 'APKINDEX.tar.gz'), index);
  }
  const pem = createPublicKey(key.private).export({ type: 'spki', format: 'pem' });
  await write(join(outDir, key.public.name), Buffer.from(pem));
  return files;
}

async function readKey(ctx: Context, file: string): Promise<Uint8Array> {
  return await ctx.fs.readFile(resolve(ctx.cwd, file)).catch((cause: unknown) => {
    throw new KilopyError('KP5250', `no key ${file}`, { where: file, cause });
  });
}
