import type { ApkRecipe, RecipeNode } from '../../emit/apk/apk-recipe.ts';
import type { Context } from '../../io/context.ts';
import type { AlpinePart, AlpineProduct } from '../../runtime/alpine/ensure-alpine.ts';
import type { Target } from '../../spec/targets.ts';
import type { Store } from '../../store/store.ts';
import { compiledPackage } from './compiled-package.ts';

/** A package and the repository that Alpine has it in. */
export interface AlpinePackage {
  readonly repository: 'main' | 'community';
  readonly recipe: ApkRecipe;
}

/** What differs between the three: as in Alpine's own packages (aports: main/musl, main/libffi, community/micropython). */
interface PackageFacts {
  readonly repository: AlpinePackage['repository'];
  readonly path: string;
  readonly links: readonly RecipeNode[];
  readonly url: string;
  /** SPDX. */
  readonly license: string;
  readonly depends: readonly string[];
  readonly provides: readonly string[];
}

/**
 * musl, libffi and MicroPython as packages with the names, paths and `so:` relations of Alpine's own, so that its other packages find in
 * them what they need. The same bytes on every machine.
 */
export async function alpinePackages(
  ctx: Context,
  store: Store,
  target: Target,
  product: AlpineProduct,
): Promise<readonly AlpinePackage[]> {
  const packages: AlpinePackage[] = [];
  for (const part of product.parts) {
    ctx.signal.throwIfAborted();
    const facts = factsOf(part, target.alpine ?? '', product.loader);
    const recipe = recipeOf(part, facts, product, target, await store.read(part.blob));
    packages.push({ repository: facts.repository, recipe });
  }
  return packages;
}

function factsOf({ name, version }: AlpinePart, architecture: string, loader: string): PackageFacts {
  const libc = `libc.musl-${architecture}.so.1`;
  if (name === 'musl') {
    return {
      repository: 'main',
      path: `lib/${loader}`,
      links: [{ type: 'symlink', path: `lib/${libc}`, mode: 0o777, target: loader }],
      url: 'https://musl.libc.org',
      license: 'MIT',
      depends: [],
      provides: [`so:${libc}=1`],
    };
  }
  if (name === 'libffi') {
    return {
      repository: 'main',
      path: 'usr/lib/libffi.so.8',
      links: [],
      url: 'https://sourceware.org/libffi',
      license: 'MIT',
      depends: [`so:${libc}`],
      provides: ['so:libffi.so.8=8'],
    };
  }
  return {
    repository: 'community',
    path: 'usr/bin/micropython',
    links: [],
    url: 'https://micropython.org',
    license: 'MIT AND Apache-2.0',
    depends: [`so:${libc}`, 'so:libffi.so.8'],
    provides: [`cmd:micropython=${version}-r0`],
  };
}

function recipeOf(
  part: AlpinePart,
  { path, links, url, license, depends, provides }: PackageFacts,
  { recipe, modules }: AlpineProduct,
  target: Target,
  content: Uint8Array,
): ApkRecipe {
  const { name, version, sources, licence } = part;
  return compiledPackage({
    name,
    version,
    architecture: target.alpine ?? '',
    title: `${name} ${version} for base alpine`,
    url,
    license,
    origin: name,
    depends,
    provides,
    program: { path, content },
    links,
    facts: { recipe, sources },
    licences: licence,
    modules: name === 'micropython' ? modules : undefined,
  });
}
