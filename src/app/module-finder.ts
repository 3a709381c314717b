import type { App, AppFile } from './app.ts';
import type { RuntimeModules } from './runtime-modules.ts';

type FoundModule =
  /** In the application. `runs` are the files that importing it runs, packages first. */
  | {
      readonly kind: 'app';
      readonly runs: readonly ModuleFile[];
      readonly isPackage: boolean;
      readonly hasInit: boolean;
    }
  | { readonly kind: 'runtime'; readonly isPackage: boolean }
  /** `missing` is the shortest part of the name that is nowhere; `siblings` are names that stand beside it. */
  | { readonly kind: 'absent'; readonly missing: string; readonly siblings: readonly string[] };

export interface ModuleFile {
  readonly file: AppFile;
  readonly module: string;
  readonly isPackage: boolean;
}

export interface ModuleFinder {
  find(module: string): FoundModule;
}

/**
 * Finds modules as MicroPython does (py/builtinimport.c): along sys.path, and in each place a folder before `NAME.py`
 * before `NAME.mpy`. A folder is a package with or without `__init__.py`, and the rest of a dotted name is looked for
 * only where its first part was found. Built-in modules that may be extended come last, so that `lib/os/` can take the
 * place of `os`.
 */
export function createModuleFinder(app: Pick<App, 'files'>, modules: RuntimeModules): ModuleFinder {
  const extensible = extensibleNames(modules.names);
  const own = app.files.map((file): ModulePath => ({ path: file.path, file }));
  const lib = own.filter(({ path }) => path.startsWith('lib/'));
  const places: readonly Place[] = [
    { entries: entriesOfFiles(own), isApp: true },
    { entries: entriesOfNames(modules.names.filter((name) => !extensible.has(name))), isApp: false },
    { entries: entriesOfFiles(lib.map(({ path, file }) => ({ path: path.slice('lib/'.length), file }))), isApp: true },
    { entries: entriesOfFiles(modules.libraryFiles.map((path) => ({ path }))), isApp: false },
    { entries: entriesOfNames([...extensible]), isApp: false },
  ];
  return {
    find(module) {
      const parts = module.split('.');
      const [first = ''] = parts;
      const place = places.find(({ entries }) => entries.has(first));
      if (place === undefined) return absent(first, places);
      const runs: ModuleFile[] = [];
      let last: Entry | undefined;
      for (const [at] of parts.entries()) {
        const name = parts.slice(0, at + 1).join('.');
        last = place.entries.get(name);
        if (last === undefined) return absent(name, [place]);
        if (last.file !== undefined) runs.push({ file: last.file, module: name, isPackage: last.isPackage });
      }
      const isPackage = last?.isPackage === true;
      if (!place.isApp) return { kind: 'runtime', isPackage };
      return { kind: 'app', runs, isPackage, hasInit: last?.file !== undefined };
    },
  };
}

interface Entry {
  readonly isPackage: boolean;
  /** The module's file, or the package's `__init__`. */
  readonly file?: AppFile | undefined;
}

interface Place {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly isApp: boolean;
}

interface ModulePath {
  readonly path: string;
  readonly file?: AppFile | undefined;
}

function entriesOfFiles(files: readonly ModulePath[]): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  // `.py` comes after `.mpy` in this order, and what comes later stays.
  for (const { path, file } of files.toSorted((one, other) => (one.path < other.path ? -1 : 1))) {
    const names = path.split('/');
    for (let at = 1; at < names.length; at += 1) {
      const folder = names.slice(0, at);
      if (folder.some((name) => name.includes('.'))) break;
      const existing = entries.get(folder.join('.'));
      if (existing?.isPackage !== true) entries.set(folder.join('.'), { isPackage: true });
    }
    const match = /^((?:[^/.]+\/)*)([^/.]+)\.m?py$/u.exec(path);
    if (match === null) continue;
    const folder = (match[1] ?? '').replaceAll('/', '.');
    const name = match[2] ?? '';
    if (name === '__init__' && folder !== '') entries.set(folder.slice(0, -1), { isPackage: true, file });
    else if (entries.get(folder + name)?.isPackage !== true) entries.set(folder + name, { isPackage: false, file });
  }
  return entries;
}

/** Extensible modules are those that a `u` in front reaches past any file (MP_REGISTER_EXTENSIBLE_MODULE). */
function extensibleNames(names: readonly string[]): ReadonlySet<string> {
  const all = new Set(names);
  const packages = new Set(names.filter((name) => name.includes('.')).map((name) => name.split('.')[0]));
  return new Set(names.filter((name) => all.has(`u${name}`) && !packages.has(name)));
}

function entriesOfNames(names: readonly string[]): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>(names.map((name) => [name, { isPackage: false }]));
  for (const name of names) {
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
      entries.set(name.slice(0, dot), { isPackage: true });
    }
  }
  return entries;
}

function absent(missing: string, places: readonly Place[]): FoundModule {
  const parent = missing.slice(0, missing.lastIndexOf('.') + 1);
  const siblings = new Set<string>();
  for (const { entries } of places) {
    for (const name of entries.keys()) {
      if (name.startsWith(parent) && !name.includes('.', parent.length) && name !== '__main__') siblings.add(name);
    }
  }
  return { kind: 'absent', missing, siblings: [...siblings].sort() };
}
