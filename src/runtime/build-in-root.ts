import { dirname } from 'node:path';
import type { Context } from '../io/context.ts';
import type { Store } from '../store/store.ts';
import type { BlobRef } from '../values/blob.ts';
import { makeBuildRoot } from './build-root.ts';
import { inScratch } from './full-disk.ts';
import { runInRoot } from './run-in-root.ts';

/** Where the programs of a build come from. */
export interface RootPlan {
  /** Of Debian, by name, version and hash: a part of every recipe. */
  readonly packages: readonly { readonly name: string; readonly version: string; readonly sha256: string }[];
  unpack(folder: string): Promise<void>;
  /** Folders of this computer that the root has, too; absent: none, so that nothing of this computer is used. */
  readonly hostFolders?: readonly string[];
  /** Shell text before every script. */
  readonly setup: string;
}

export interface RootBuild {
  readonly plan: RootPlan;
  /** By path below /input. */
  readonly files: ReadonlyMap<string, Uint8Array | string>;
  readonly blobs: ReadonlyMap<string, BlobRef>;
  readonly script: string;
  /** Names of files below /products. */
  readonly products: readonly string[];
}

/**
 * Unpacks compilers into a folder of their own, runs a script there and keeps what it leaves in /products.
 *
 * @throws KilopyError KP9212 when the script fails, KP1005 when the disk of the root is full
 */
export async function buildInRoot(
  ctx: Context,
  store: Store,
  build: RootBuild,
): Promise<Readonly<Record<string, BlobRef>>> {
  const root = await makeBuildRoot(ctx);
  try {
    await build.plan.unpack(root);
    for (const [name, content] of build.files) await put(ctx, `${root}/input/${name}`, content);
    for (const [name, blob] of build.blobs) await put(ctx, `${root}/input/${name}`, await store.read(blob));
    await runInRoot(ctx, root, `set -e\n${build.plan.setup}\n${build.script}`, undefined, build.plan.hostFolders);
    const products: Record<string, BlobRef> = {};
    for (const name of build.products) {
      products[name] = await store.putStream(ctx.fs.readStream(`${root}/products/${name}`));
    }
    return products;
  } finally {
    await ctx.fs.remove(root);
  }
}

async function put(ctx: Context, path: string, content: Uint8Array | string): Promise<void> {
  await inScratch(ctx, async () => {
    await ctx.fs.makeDirectory(dirname(path));
    await ctx.fs.writeFile(path, content);
  });
}
