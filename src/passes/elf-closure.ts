import { KilopyError } from '../errors/kilopy-error.ts';
import type { FileNode, Tree } from '../tree/node.ts';
import { originText } from '../tree/origin-text.ts';
import { baseName, parentOf, parentsOf, resolvePath } from '../tree/paths.ts';
import type { BlobSource } from '../values/blob.ts';
import { companionsOf } from './companions.ts';
import { configuredFolders } from './ld-so-conf.ts';
import { findLibrary, programOrigin, type LoadedObject, type SearchContext } from './library-search.ts';
import { fits, loaderOf, type Loader } from './loader.ts';
import { factsReader, type ProgramFacts, type ReadFacts } from './program-facts.ts';

/**
 * How much a root has to run. `entry`: it has to start, whatever it is. `program`: when it is an ELF program it has to
 * start; a script may lack its interpreter (`openssl` brings Perl scripts and does not depend on Perl). `plugin`: it is
 * loaded by others and may lack what they have. What may be lacking is reported.
 */
type ClosureNeed = 'entry' | 'program' | 'plugin';

export interface ClosureRoot {
  /** Absolute or relative to the root. */
  readonly path: string;
  readonly need: ClosureNeed;
  /** Who led to it; absent for what the caller names. */
  readonly edge?: ClosureEdge;
}

/** Why a path was reached: the first reason that was found. */
export interface ClosureEdge {
  /** Path of the file that asks for it; undefined for roots. */
  readonly by: string | undefined;
  /** `needed`: DT_NEEDED; `loader`: PT_INTERP; `interpreter`: the first line of a script; `companion`: loaded at run time. */
  readonly how: 'root' | 'needed' | 'loader' | 'interpreter' | 'companion';
  /** In the words of the file that asks: `libffi.so.8`. */
  readonly name: string;
}

export interface ClosureSettings {
  readonly roots: readonly ClosureRoot[];
  /** Folders of LD_LIBRARY_PATH, when the image sets it. */
  readonly libraryPath?: readonly string[];
}

export interface MissingLibrary {
  readonly library: string;
  /** Path of the file that needs it. */
  readonly needer: string;
}

export interface Closure {
  /** Files, links and folders that the roots need in order to run. */
  readonly paths: ReadonlySet<string>;
  /** Who brought each file and link among `paths`. */
  readonly edges: ReadonlyMap<string, ClosureEdge>;
  /** What files that need not run as they are lack: plugins of programs that are loaded into others. */
  readonly missing: readonly MissingLibrary[];
  /** Libraries that only ldconfig’s cache leads to. */
  readonly cached: readonly FileNode[];
}

interface ClosureState {
  readonly tree: Tree;
  readonly readFacts: ReadFacts;
  readonly configured: readonly string[];
  readonly libraryPath: readonly string[];
  readonly paths: Set<string>;
  readonly edges: Map<string, ClosureEdge>;
  readonly missing: Map<string, MissingLibrary>;
  readonly cached: Set<FileNode>;
  /** Roots still to do; grows while companions and interpreters turn up. */
  readonly pending: ClosureRoot[];
  readonly done: Set<string>;
  readonly loaders: Map<string, Loader>;
}

/**
 * Everything that the roots reach: interpreters of scripts and of ELF programs, libraries by DT_NEEDED with DT_RPATH,
 * DT_RUNPATH, `$ORIGIN`, LD_LIBRARY_PATH, ld.so.conf and the loader’s own folders, every link on the way (SONAME
 * links, /lib), and what is known to be loaded at run time (companions.ts). A library of another class or machine is
 * passed over, as the loader does. Throws KP7201 to KP7203.
 */
export async function elfClosure(tree: Tree, blobs: BlobSource, settings: ClosureSettings): Promise<Closure> {
  const state: ClosureState = {
    tree,
    readFacts: factsReader(blobs),
    configured: await configuredFolders(tree, blobs),
    libraryPath: settings.libraryPath ?? [],
    paths: new Set(),
    edges: new Map(),
    missing: new Map(),
    cached: new Set(),
    pending: settings.roots.toReversed(),
    done: new Set(),
    loaders: new Map(),
  };
  for (let root = state.pending.pop(); root !== undefined; root = state.pending.pop()) await addRoot(state, root);
  return { paths: state.paths, edges: state.edges, missing: [...state.missing.values()], cached: [...state.cached] };
}

async function addRoot(state: ClosureState, root: ClosureRoot): Promise<void> {
  const file = keep(state, root.path, root.edge ?? { by: undefined, how: 'root', name: root.path });
  if (file === undefined) {
    if (root.need === 'entry') throw notThere(root.path, 'nothing stands at this path, or it is no file');
    return;
  }
  const key = `${root.need} ${root.path}`;
  if (state.done.has(key)) return;
  state.done.add(key);
  const facts = await state.readFacts(file);
  if (facts.kind === 'script') addScript(state, file, facts, root.need);
  if (facts.kind === 'damaged' && root.need === 'entry') throw damaged(file, facts.error);
  if (facts.kind === 'elf') await addProgram(state, root, file, facts);
}

/** Keeps what stands at a path, every link that leads to it, and the folders above. The file, if it is one. */
function keep(state: ClosureState, path: string, edge: ClosureEdge): FileNode | undefined {
  const resolved = resolvePath(state.tree, path);
  if (resolved.node === undefined) return undefined;
  for (const node of [...resolved.links, resolved.node]) {
    state.paths.add(node.path);
    if (!state.edges.has(node.path)) state.edges.set(node.path, edge);
    for (const parent of parentsOf(node.path)) state.paths.add(parent);
  }
  return resolved.node.type === 'file' ? resolved.node : undefined;
}

function addScript(
  state: ClosureState,
  file: FileNode,
  facts: ProgramFacts & { kind: 'script' },
  need: ClosureNeed,
): void {
  const named = [facts.interpreter, ...throughEnv(state.tree, facts)];
  for (const path of named) {
    const exists = resolvePath(state.tree, path).node?.type === 'file';
    if (!exists && need === 'entry') throw notThere(path, `/${file.path} names it as its interpreter`);
    if (!exists) state.missing.set(`${file.path} ${path}`, { library: path, needer: file.path });
    else state.pending.push({ path, need, edge: { by: file.path, how: 'interpreter', name: path } });
  }
}

/** `#!/usr/bin/env NAME`: the program of that name on the usual PATH, as a path. */
function throughEnv(tree: Tree, facts: ProgramFacts & { kind: 'script' }): string[] {
  if (baseName(facts.interpreter) !== 'env') return [];
  const name = facts.words.find((word) => !word.startsWith('-') && !word.includes('='));
  if (name === undefined) return [];
  const folders = ['usr/local/sbin', 'usr/local/bin', 'usr/sbin', 'usr/bin', 'sbin', 'bin'];
  const candidates = name.includes('/') ? [name] : folders.map((folder) => `/${folder}/${name}`);
  return [candidates.find((path) => resolvePath(tree, path).node?.type === 'file') ?? `/usr/bin/${name}`];
}

async function addProgram(
  state: ClosureState,
  root: ClosureRoot,
  file: FileNode,
  facts: ProgramFacts & { kind: 'elf' },
): Promise<void> {
  const { elf } = facts;
  // A static program (also a position-independent one) needs nothing; a plugin without PT_INTERP has needs all the same.
  if (elf.interpreter === undefined && elf.needed.length === 0) return;
  const isRequired = root.need === 'entry' || (root.need === 'program' && elf.interpreter !== undefined);
  const loader = await loaderFor(state, file, facts, isRequired);
  if (loader === undefined) return;
  const context: SearchContext = { ...state, loader };
  const program: LoadedObject = {
    path: file.path,
    origin: programOrigin(state.tree, root.path),
    elf,
    parent: undefined,
  };
  const loaded = new Set([baseName(loader.path), ...(loader.elf.soname === undefined ? [] : [loader.elf.soname])]);
  const queue = [{ object: program, file, bytes: facts.bytes }];
  for (const entry of queue) {
    const companions = companionsOf(state.tree, entry.file, entry.object.elf, entry.bytes);
    for (const { path } of companions.files)
      state.pending.push({ path, need: 'plugin', edge: { by: entry.file.path, how: 'companion', name: path } });
    for (const library of [...entry.object.elf.needed, ...companions.libraries]) {
      if (loaded.has(library)) continue;
      const found = await findLibrary(context, library, entry.object);
      if (found === undefined) {
        if (entry.object.elf.needed.includes(library)) noteMissing(state, library, entry.object, isRequired);
        continue;
      }
      const how = entry.object.elf.needed.includes(library) ? 'needed' : 'companion';
      keep(state, found.path, { by: entry.file.path, how, name: library });
      loaded.add(library);
      if (found.elf.soname !== undefined) loaded.add(found.elf.soname);
      if (found.needsCache) state.cached.add(found.file);
      const object = { path: found.path, origin: parentOf(found.path), elf: found.elf, parent: entry.object };
      const next = await state.readFacts(found.file);
      if (next.kind === 'elf') queue.push({ object, file: found.file, bytes: next.bytes });
    }
  }
}

/** The loader that the program names; for a plugin, the one in the tree that fits it. */
async function loaderFor(
  state: ClosureState,
  file: FileNode,
  facts: ProgramFacts & { kind: 'elf' },
  required: boolean,
): Promise<Loader | undefined> {
  const { interpreter } = facts.elf;
  if (interpreter !== undefined) {
    const loader = await readLoader(state, interpreter);
    if (loader !== undefined) keep(state, interpreter, { by: file.path, how: 'loader', name: interpreter });
    else if (required) throw notThere(interpreter, `/${file.path} names it as its dynamic loader`);
    else state.missing.set(`${file.path} ${interpreter}`, { library: interpreter, needer: file.path });
    return loader;
  }
  for (const path of state.tree.keys()) {
    if (!/^(?:ld-(?:linux|musl)|ld64\.|ld\.so)/u.test(baseName(path))) continue;
    const loader = await readLoader(state, path);
    if (loader !== undefined && fits(loader.elf, facts.elf)) return loader;
  }
  for (const library of facts.elf.needed) state.missing.set(`${file.path} ${library}`, { library, needer: file.path });
  return undefined;
}

async function readLoader(state: ClosureState, path: string): Promise<Loader | undefined> {
  const known = state.loaders.get(path);
  if (known !== undefined) return known;
  const { node } = resolvePath(state.tree, path);
  if (node?.type !== 'file') return undefined;
  const facts = await state.readFacts(node);
  if (facts.kind !== 'elf') return undefined;
  const loader = loaderOf(path, facts.elf, facts.bytes);
  state.loaders.set(path, loader);
  return loader;
}

/**
 * A required root must find everything itself. A plugin may rely on what the program that loads it has loaded from a
 * folder of its own, so for it any file of that name will do.
 */
function noteMissing(state: ClosureState, library: string, needer: LoadedObject, required: boolean): void {
  if (!required) {
    const namesakes = [...state.tree.keys()].filter((path) => baseName(path) === library);
    for (const path of namesakes) keep(state, path, { by: needer.path, how: 'needed', name: library });
    if (namesakes.length === 0) state.missing.set(`${needer.path} ${library}`, { library, needer: needer.path });
    return;
  }
  throw new KilopyError('KP7201', `${library} is not in the image, and /${needer.path} needs it`, {
    where: `/${needer.path}`,
    why: chainText(needer),
    data: { library, needer: needer.path },
  });
}

function chainText(needer: LoadedObject): string {
  const chain: string[] = [];
  for (let object: LoadedObject | undefined = needer; object !== undefined; object = object.parent)
    chain.push(object.path);
  return chain.length === 1
    ? 'the dynamic loader would not find it'
    : `it is reached by ${chain.toReversed().join(' > ')}`;
}

function notThere(path: string, why: string): KilopyError {
  return new KilopyError('KP7202', `/${path.replace(/^\/+/u, '')} is not in the image`, {
    where: path,
    why,
    data: { path },
  });
}

function damaged(file: FileNode, cause: KilopyError): KilopyError {
  return new KilopyError('KP7203', `/${file.path} is damaged: ${cause.message}`, {
    where: originText(file.origin),
    why: cause.why,
    cause,
    data: { path: file.path },
  });
}
