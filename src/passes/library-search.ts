import type { ElfFile } from '../codec/elf/elf-file.ts';
import type { FileNode, Tree } from '../tree/node.ts';
import { parentOf, resolvePath } from '../tree/paths.ts';
import { fits, platformOf, type Loader } from './loader.ts';
import type { ReadFacts } from './program-facts.ts';

/** A program or library as the loader has it in memory. */
export interface LoadedObject {
  /** As it was found, without a leading slash. */
  readonly path: string;
  /** Folder for `$ORIGIN`. */
  readonly origin: string;
  readonly elf: ElfFile;
  /** Who asked for it; undefined for the program. */
  readonly parent: LoadedObject | undefined;
}

export interface SearchContext {
  readonly tree: Tree;
  readonly readFacts: ReadFacts;
  readonly loader: Loader;
  /** Folders of LD_LIBRARY_PATH in the image’s environment. */
  readonly libraryPath: readonly string[];
  /** Folders of /etc/ld.so.conf. */
  readonly configured: readonly string[];
}

export interface FoundLibrary {
  /** As it was found. */
  readonly path: string;
  readonly file: FileNode;
  readonly elf: ElfFile;
  /** Found in a folder of ld.so.conf only, so that the loader needs ldconfig’s cache. */
  readonly needsCache: boolean;
}

/** Where the loader finds a DT_NEEDED name, in the order of ld.so(8); undefined when nowhere. */
export async function findLibrary(
  context: SearchContext,
  name: string,
  needer: LoadedObject,
): Promise<FoundLibrary | undefined> {
  if (name.includes('/')) return libraryAt(context, expand(context, name, needer), needer, false);
  for (const { folder, needsCache } of searchFolders(context, needer)) {
    const found = await libraryAt(context, `${folder}/${name}`, needer, needsCache);
    if (found !== undefined) return found;
  }
  return undefined;
}

function* searchFolders(
  context: SearchContext,
  needer: LoadedObject,
): Generator<{ readonly folder: string; readonly needsCache: boolean }> {
  const plain = [...rpaths(context, needer), ...context.libraryPath, ...runpaths(context, needer)];
  for (const folder of plain) yield { folder, needsCache: false };
  const defaults = new Set(context.loader.folders);
  if (context.loader.hasCache)
    for (const folder of context.configured) yield { folder, needsCache: !defaults.has(folder) };
  for (const folder of defaults) yield { folder, needsCache: false };
}

/** DT_RPATH of the object and of everything that led to it, unless the object has a DT_RUNPATH. */
function rpaths(context: SearchContext, needer: LoadedObject): string[] {
  if (needer.elf.runpath.length > 0) return [];
  const folders: string[] = [];
  for (let object: LoadedObject | undefined = needer; object !== undefined; object = object.parent) {
    const holder = object;
    if (holder.elf.runpath.length === 0)
      folders.push(...holder.elf.rpath.map((folder) => expand(context, folder, holder)));
  }
  return folders;
}

function runpaths(context: SearchContext, needer: LoadedObject): string[] {
  return needer.elf.runpath.map((folder) => expand(context, folder, needer));
}

/** `$ORIGIN`, `$LIB` and `$PLATFORM`, with and without braces. Relative and empty folders start at the root, the usual working directory. */
function expand(context: SearchContext, text: string, object: LoadedObject): string {
  const values: Readonly<Record<string, string | undefined>> = {
    ORIGIN: `/${object.origin}`,
    LIB: context.loader.lib,
    PLATFORM: platformOf(object.elf),
  };
  const path = text.replace(
    /\$(?:\{(ORIGIN|LIB|PLATFORM)\}|(ORIGIN|LIB|PLATFORM)(?!\w))/gu,
    (whole, ...groups: unknown[]) => {
      const name = groups.slice(0, 2).find((group) => typeof group === 'string');
      return values[String(name)] ?? whole;
    },
  );
  return path.startsWith('/') ? path : `/${path}`;
}

async function libraryAt(
  context: SearchContext,
  path: string,
  needer: LoadedObject,
  needsCache: boolean,
): Promise<FoundLibrary | undefined> {
  const { node } = resolvePath(context.tree, path);
  if (node?.type !== 'file') return undefined;
  const facts = await context.readFacts(node);
  if (facts.kind !== 'elf' || !fits(facts.elf, needer.elf)) return undefined;
  return { path: path.replace(/^\/+/u, ''), file: node, elf: facts.elf, needsCache };
}

/** `$ORIGIN` of a program: the kernel gives its real path. */
export function programOrigin(tree: Tree, path: string): string {
  return parentOf(resolvePath(tree, path).path);
}
