import { posix } from 'node:path';
import type { RuntimeModules } from '../../app/runtime-modules.ts';
import { plainRecipe, type ApkRecipe, type RecipeNode } from '../../emit/apk/apk-recipe.ts';
import { buildFacts } from '../../runtime/build-facts.ts';
import type { RuntimeProduct } from '../../runtime/micropython/ensure-micropython.ts';
import type { RuntimeVariant } from '../../spec/bases.ts';
import type { Target } from '../../spec/targets.ts';
import { runtimeArchitecture } from './runtime-architecture.ts';

/** `micropython-small` and the like; every one of them also provides `micropython`. */
export function runtimePackageName(variant: RuntimeVariant): string {
  return `micropython-${variant}`;
}

/** The modules of the runtime as JSON (`RuntimeModules`), so that nobody has to run it to know them. */
export function modulesPath(name: string): string {
  return `usr/share/kilopy/${name}.modules.json`;
}

/**
 * A runtime as a package of apk. Without a signature of its own: the index is signed and binds it, and so its bytes, which
 * locks name, are the same on every machine.
 */
export function runtimePackage(product: RuntimeProduct, target: Target, binary: Uint8Array): ApkRecipe {
  const name = runtimePackageName(product.variant);
  const modules: RuntimeModules = { version: product.version, names: product.modules, libraryFiles: [] };
  // Whether it ran here is not said: that depends on this machine's emulators, and the bytes must not.
  const { recipe, toolchain, sources } = product;
  const facts = { recipe, ...(toolchain === undefined ? {} : { toolchain }), sources };
  const files = [
    { path: 'usr/bin/micropython', mode: 0o755, content: binary },
    { path: modulesPath(name), mode: 0o644, content: Buffer.from(`${JSON.stringify(modules)}\n`) },
    { path: `usr/share/kilopy/${name}.recipe.json`, mode: 0o644, content: Buffer.from(`${JSON.stringify(facts)}\n`) },
    { path: `usr/share/licenses/${name}/LICENSE`, mode: 0o644, content: Buffer.from(product.licences) },
  ];
  return {
    ...plainRecipe,
    name,
    version: `${product.version}-r0`,
    architecture: runtimeArchitecture(target),
    description: `MicroPython ${product.version}, variant ${product.variant}, static (recipe ${product.recipe.replace(/^sha256:/u, '').slice(0, 16)})`,
    url: 'https://micropython.org',
    license: licenseOf(product, target),
    origin: 'kilopy-runtime',
    // Nothing in it is from another time than its source, which its recipe names.
    buildTime: 0,
    depends: [],
    provides: [`micropython=${product.version}-r0`],
    nodes: withParents(files),
  };
}

/** SPDX: MicroPython and musl, mbedTLS, and what stands in for libgcc where its float ABI is another one. */
function licenseOf({ variant, toolchain }: RuntimeProduct, { name }: Target): string {
  const usesTls = variant === 'tls' || variant === 'full';
  const usesGlibc = buildFacts[name]?.softFlags !== undefined && toolchain?.from !== 'host';
  return ['MIT', ...(usesTls ? ['Apache-2.0'] : []), ...(usesGlibc ? ['LGPL-2.1-or-later'] : [])].join(' AND ');
}

/** Files with every folder that they are in, sorted. */
export function withParents(
  files: readonly { readonly path: string; readonly mode: number; readonly content: Uint8Array }[],
): readonly RecipeNode[] {
  const nodes = new Map<string, RecipeNode>();
  for (const file of files) {
    for (let parent = posix.dirname(file.path); parent !== '.'; parent = posix.dirname(parent)) {
      nodes.set(parent, { type: 'directory', path: parent, mode: 0o755 });
    }
    nodes.set(file.path, { type: 'file', ...file });
  }
  return [...nodes.values()].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}
