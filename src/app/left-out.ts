import { compileGlob } from '../codec/glob.ts';

/**
 * Names that are never part of a program: version control and editors' leavings, caches of CPython, kilopy's own files
 * and outputs, tests. Everything else in the folder goes in, README and data files too: what is in the folder can be
 * opened by the program.
 */
const leftOutAnywhere: readonly string[] = [
  '.*',
  '__pycache__',
  '*.py[co]',
  '*~',
  '*.{bak,orig,rej,swp}',
  '#*#',
  'test_*.py',
  'node_modules',
];

/** The same, at the top of the folder only. */
const leftOutAtTop: readonly string[] = ['tests', 'dist', 'venv', 'kilopy.{yaml,lock}'];

export interface Selection {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** What the build itself reads: keys of feeds, an image as base. Relative to the folder. */
  readonly inputs?: readonly string[] | undefined;
}

/**
 * Decides which paths of the folder go into the image. A file is taken when one of `include` (all, when there is none)
 * and neither `exclude` nor a built-in exclusion matches, and the build does not read it itself. A built-in exclusion gives way to an `include` pattern that
 * spells the excluded name out: `.well-known/**` takes that folder, `**` does not take `.git`.
 */
export function createSelector(selection: Selection): { folder(path: string): boolean; file(path: string): boolean } {
  const anywhere = leftOutAnywhere.map(compileGlob);
  const atTop = leftOutAtTop.map(compileGlob);
  const exclude = selection.exclude.map(compileGlob);
  const include = selection.include.map(compileGlob);
  const inputs = new Set(selection.inputs);
  const spelledOut = selection.include.map((pattern) => pattern.replace(/^(?:\.?\/)+/u, ''));

  function isOpen(path: string): boolean {
    if (exclude.some((matches) => matches(path))) return false;
    if (inputs.has(path) && !spelledOut.includes(path)) return false;
    const names = path.split('/');
    return names.every((name, at) => {
      const part = names.slice(0, at + 1).join('/');
      const excluded = [...anywhere, ...(at === 0 ? atTop : [])].some((matches) => matches(name));
      return !excluded || spelledOut.some((pattern) => pattern === part || pattern.startsWith(`${part}/`));
    });
  }
  return {
    folder: isOpen,
    file: (path) => isOpen(path) && (include.length === 0 || include.some((matches) => matches(path))),
  };
}
