import type { ApkRecipe, RecipeNode } from '../../emit/apk/apk-recipe.ts';
import type { Context } from '../../io/context.ts';
import type { AlpinePart, AlpineProduct } from '../../runtime/alpine/ensure-alpine.ts';
import type { Target } from '../../spec/targets.ts';
import type { Store } from '../../store/store.ts';
import { withParents } from './runtime-package.ts';

/** A package and the repository that Alpine has it in. */
export interface AlpinePackage {
  readonly repository: 'main' | 'community';
  readonly recipe: ApkRecipe;
}

/**
 * musl, libffi and MicroPython as Alpine packs them: the same names, paths and `so:` relations (aports, main/musl, main/libffi and
 * community/micropython), the same bytes on every machine.
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
    const content = await store.read(part.blob);
    packages.push({
      repository: part.name === 'micropython' ? 'community' : 'main',
      recipe: recipeOf(part, target.alpine ?? '', product.recipe, content, await store.read(part.licence)),
    });
  }
  return packages;
}

const urls = {
  musl: 'https://musl.libc.org',
  libffi: 'https://sourceware.org/libffi',
  micropython: 'https://micropython.org',
};

function recipeOf(
  part: AlpinePart,
  architecture: string,
  recipe: string,
  content: Uint8Array,
  licence: Uint8Array,
): ApkRecipe {
  const { name, version, source } = part;
  const libc = `libc.musl-${architecture}.so.1`;
  const loader = `ld-musl-${architecture}.so.1`;
  const facts = Buffer.from(`${JSON.stringify({ recipe, sources: [{ name, version, sha256: source }] })}\n`);
  const files = [
    {
      path: { musl: `lib/${loader}`, libffi: 'usr/lib/libffi.so.8', micropython: 'usr/bin/micropython' }[name],
      mode: 0o755,
      content,
    },
    { path: `usr/share/kilopy/${name}.recipe.json`, mode: 0o644, content: facts },
    { path: `usr/share/licenses/${name}/LICENSE`, mode: 0o644, content: licence },
  ];
  const link: readonly RecipeNode[] =
    name === 'musl' ? [{ type: 'symlink', path: `lib/${libc}`, mode: 0o777, target: loader }] : [];
  const nodes = [...withParents(files), ...link];
  return {
    name,
    version: `${version}-r0`,
    architecture,
    description: `${name} ${version}, compiled by kilopy (recipe ${recipe.slice(7, 23)})`,
    url: urls[name],
    license: 'MIT',
    origin: name,
    maintainer: '',
    buildTime: 0,
    depends: { musl: [], libffi: [`so:${libc}`], micropython: [`so:${libc}`, 'so:libffi.so.8'] }[name],
    provides: {
      musl: [`so:${libc}=1`],
      libffi: ['so:libffi.so.8=8'],
      micropython: [`cmd:micropython=${version}-r0`],
    }[name],
    replaces: [],
    installIf: [],
    providerPriority: undefined,
    replacesPriority: undefined,
    scripts: new Map(),
    triggers: [],
    nodes: nodes.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path))),
  };
}
