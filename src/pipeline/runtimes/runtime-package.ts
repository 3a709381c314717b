import type { ApkRecipe } from '../../emit/apk/apk-recipe.ts';
import { buildFacts } from '../../runtime/build-facts.ts';
import type { RuntimeProduct } from '../../runtime/micropython/ensure-micropython.ts';
import type { RuntimeVariant } from '../../spec/bases.ts';
import type { Target } from '../../spec/targets.ts';
import { compiledPackage } from './compiled-package.ts';
import { runtimeArchitecture } from './runtime-architecture.ts';

/** `micropython-small` and the like; every one of them also provides `micropython`. */
export function runtimePackageName(variant: RuntimeVariant): string {
  return `micropython-${variant}`;
}

/**
 * A runtime as a package of apk. Without a signature of its own: the index is signed and binds it, and so its bytes, which
 * locks name, are the same on every machine.
 */
export function runtimePackage(product: RuntimeProduct, target: Target, binary: Uint8Array): ApkRecipe {
  // Whether it ran here is not said: that depends on this machine's emulators, and the bytes must not.
  const { version, variant, recipe, toolchain, sources } = product;
  return compiledPackage({
    name: runtimePackageName(variant),
    version,
    architecture: runtimeArchitecture(target),
    title: `MicroPython ${version}, variant ${variant}, static`,
    url: 'https://micropython.org',
    license: licenseOf(product, target),
    origin: 'kilopy-runtime',
    depends: [],
    provides: [`micropython=${version}-r0`],
    program: { path: 'usr/bin/micropython', content: binary },
    facts: { recipe, ...(toolchain !== undefined && { toolchain }), sources },
    licences: product.licences,
    modules: product.modules,
  });
}

/** SPDX: MicroPython and musl, mbedTLS, and what stands in for libgcc where its float ABI is another one. */
function licenseOf({ variant, toolchain }: RuntimeProduct, { name }: Target): string {
  const usesTls = variant === 'tls' || variant === 'full';
  const usesGlibc = buildFacts[name]?.softFlags !== undefined && toolchain?.from !== 'host';
  return ['MIT', ...(usesTls ? ['Apache-2.0'] : []), ...(usesGlibc ? ['LGPL-2.1-or-later'] : [])].join(' AND ');
}
