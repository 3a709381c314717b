import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readSigningKey, type SigningKey } from '../../crypto/signing-key.ts';
import { writeApkV2 } from '../../emit/apk/write-apk-v2.ts';
import { writeIndexV2 } from '../../emit/apk/write-index-v2.ts';
import { digestOf } from '../../emit/measure.ts';
import type { Context } from '../../io/context.ts';
import { ensureMicroPython, type RuntimeProduct } from '../../runtime/micropython/ensure-micropython.ts';
import type { RuntimeState } from '../../runtime/micropython/micropython-inputs.ts';
import type { RuntimeVariant } from '../../spec/bases.ts';
import type { Target } from '../../spec/targets.ts';
import { storePath } from '../../store/store-path.ts';
import type { Store } from '../../store/store.ts';
import { createKey } from '../feed-key.ts';
import { runtimeArchitecture } from './runtime-architecture.ts';
import { runtimePackage, runtimePackageName } from './runtime-package.ts';

/** A feed of one runtime of one target, on this machine. */
export interface RuntimeFeed {
  /** `file:` URL; the architecture's folder is below it. */
  readonly url: string;
  /** Absolute path of the public key. */
  readonly key: string;
  readonly product: RuntimeProduct;
}

/** Where the runtimes of this machine are, as packages: `VARIANT/ARCH/` below it, each with an index. */
export function runtimeFeedUrl(ctx: Context, variant: RuntimeVariant, state: RuntimeState = {}): string {
  return pathToFileURL(join(storePath(ctx), 'runtimes', folderOf(variant, state))).href;
}

/**
 * The runtime of a target as a signed feed, compiled before if it never was. The key is this machine's own, made once:
 * it binds the index to what this machine has built.
 *
 * @throws KilopyError KP91xx when it cannot be built
 */
export async function ensureRuntimeFeed(
  ctx: Context,
  store: Store,
  target: Target,
  variant: RuntimeVariant,
  state: RuntimeState = {},
): Promise<RuntimeFeed> {
  const product = await ensureMicroPython(ctx, store, target, variant, state);
  const root = join(store.root, 'runtimes');
  return await store.withLock(`runtime feed ${folderOf(variant, state)} ${target.name}`, async () => {
    const key = await ensureKey(ctx, store, join(root, 'kilopy-runtime.rsa'));
    const architecture = runtimeArchitecture(target);
    const folder = join(root, folderOf(variant, state), architecture);
    const written = await writeApkV2(runtimePackage(product, target, await store.read(product.blob)), [], 'sha256');
    const index = await writeIndexV2([written], architecture, 'kilopy runtimes', [key], 'sha256');
    await ctx.fs.makeDirectory(folder);
    const name = `${runtimePackageName(variant)}-${written.recipe.version}.apk`;
    // The index last: what it names is there.
    await ctx.fs.writeAtomic(join(folder, name), written.bytes);
    await ctx.fs.writeAtomic(join(folder, 'APKINDEX.tar.gz'), index);
    return { url: runtimeFeedUrl(ctx, variant, state), key: join(root, 'kilopy-runtime.rsa.pub'), product };
  });
}

function folderOf(variant: RuntimeVariant, { snapshot, toolchain }: RuntimeState): string {
  // A toolchain may be a path.
  const own = toolchain === undefined ? [] : [digestOf(Buffer.from(toolchain)).slice('sha256:'.length, 24)];
  return [variant, ...(snapshot === undefined ? [] : [snapshot]), ...own].join('-');
}

/** The private key of this machine's runtimes, made at the first use. */
export async function ensureKey(ctx: Context, store: Store, path: string): Promise<SigningKey> {
  await store.withLock('runtime feed key', async () => {
    if (await ctx.fs.exists(path)) return;
    await ctx.fs.makeDirectory(join(path, '..'));
    await createKey(ctx, path, 'rsa');
  });
  return readSigningKey(await ctx.fs.readFile(path), 'kilopy-runtime.rsa.pub');
}
