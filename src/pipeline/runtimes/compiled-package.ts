import { posix } from 'node:path';
import type { RuntimeModules } from '../../app/runtime-modules.ts';
import { plainRecipe, type ApkRecipe, type RecipeNode } from '../../emit/apk/apk-recipe.ts';
import type { SourceOrigin } from '../../runtime/micropython/ingredients.ts';
import type { ToolchainFacts } from '../../runtime/toolchain/toolchain-facts.ts';
import { compareTreePaths } from '../../codec/path-text.ts';

/** Something that was compiled here, and what a package says of it. */
export interface CompiledPackage extends Pick<
  ApkRecipe,
  'name' | 'architecture' | 'url' | 'license' | 'origin' | 'depends' | 'provides'
> {
  /** Upstream's, such as `1.25.0`. */
  readonly version: string;
  /** What it is, in a few words. */
  readonly title: string;
  readonly program: { readonly path: string; readonly content: Uint8Array };
  readonly links?: readonly RecipeNode[];
  /** What it is made from: the SHA-256 of all of it, and sources. */
  readonly facts: {
    readonly recipe: string;
    readonly sources: readonly SourceOrigin[];
    readonly toolchain?: ToolchainFacts;
  };
  readonly licences: string;
  /** What `import` finds, of a MicroPython. */
  readonly modules?: readonly string[] | undefined;
}

/** The modules of a runtime as JSON (`RuntimeModules`), so that nobody has to run it to know them. */
export function modulesPath(name: string): string {
  return `usr/share/kilopy/${name}.modules.json`;
}

/** It as a package of apk: the same bytes on every machine. */
export function compiledPackage(made: CompiledPackage): ApkRecipe {
  const { title, program, links = [], facts, licences, modules, ...rest } = made;
  const { name, version } = rest;
  const known: RuntimeModules | undefined =
    modules === undefined ? undefined : { version, names: modules, libraryFiles: [] };
  const files = [
    { ...program, mode: 0o755 },
    ...(known === undefined ? [] : [{ path: modulesPath(name), mode: 0o644, content: json(known) }]),
    { path: `usr/share/kilopy/${name}.recipe.json`, mode: 0o644, content: json(facts) },
    { path: `usr/share/licenses/${name}/LICENSE`, mode: 0o644, content: Buffer.from(licences) },
  ];
  return {
    ...plainRecipe,
    ...rest,
    version: `${version}-r0`,
    description: `${title} (recipe ${facts.recipe.replace(/^sha256:/u, '').slice(0, 16)})`,
    // Nothing in it is from another time than its source, which its recipe names.
    buildTime: 0,
    nodes: [...withParents(files), ...links].toSorted((a, b) => compareTreePaths(a.path, b.path)),
  };
}

function json(value: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

/** Files with every folder that they are in. */
function withParents(
  files: readonly { readonly path: string; readonly mode: number; readonly content: Uint8Array }[],
): readonly RecipeNode[] {
  const nodes = new Map<string, RecipeNode>();
  for (const file of files) {
    for (let parent = posix.dirname(file.path); parent !== '.'; parent = posix.dirname(parent)) {
      nodes.set(parent, { type: 'directory', path: parent, mode: 0o755 });
    }
    nodes.set(file.path, { type: 'file', ...file });
  }
  return [...nodes.values()];
}
