import { parser } from '@lezer/python';
import type { SourceLocation } from '../values/source-location.ts';
import { importedByCall, readImport } from './import-statement.ts';
import { openFrame, surroundings, tryParts, type Frame } from './import-frames.ts';
import { createLocator } from './locator.ts';

/** One module that a piece of Python asks for; `import a, b` gives two. */
export interface ImportStatement {
  /** `call` is `__import__('x')` or `importlib.import_module('x')` with the name written out. */
  readonly form: 'import' | 'from' | 'call';
  /** Dotted name; empty in `from . import x`. */
  readonly module: string;
  /** Leading dots of a relative import. */
  readonly level: number;
  /** What `from` takes out of the module, without aliases; `*` for all. */
  readonly names: readonly string[];
  readonly where: SourceLocation & { readonly line: number; readonly column: number };
  /** Runs when a function is called, not when the module is loaded. */
  readonly deferred: boolean;
  /** Stands under a condition on the platform, on `TYPE_CHECKING`, or on `__name__ == '__main__'`. */
  readonly condition?: 'platform' | 'typing' | 'main';
  /** Number of the innermost `try` that catches a failing import here. */
  readonly attempt?: number;
  /** Number of the innermost such `try` in whose handler this stands: it only runs when an import of that `try` failed. */
  readonly fallbackOf?: number;
}

/**
 * Every import of a Python source, in the order written. Never throws: of what is not Python, the parser keeps what it
 * recognises, and the syntax check reports the rest. Columns count UTF-16 units, as editors do.
 *
 * @param file name for `where`
 */
export function scanImports(source: string, file: string): ImportStatement[] {
  const locate = createLocator(source);
  const found: ImportStatement[] = [];
  const frames: Frame[] = [];
  let depth = 0;

  function add(part: Pick<ImportStatement, 'form' | 'module' | 'level' | 'names'>, offset: number): void {
    found.push({ ...part, where: { file, ...locate(offset) }, ...surroundings(frames) });
  }

  parser.parse(source).iterate({
    enter(node) {
      depth += 1;
      const frame = frames.at(-1);
      if (frame?.kind === 'try' && depth === frame.depth + 1 && tryParts.has(node.name)) frame.part = node.name;
      if (node.name === 'ImportStatement') {
        for (const part of readImport(node.node, source)) add(part, part.offset);
      } else if (node.name === 'CallExpression') {
        const module = importedByCall(node.node, source);
        if (module !== undefined) add({ form: 'call', module, level: 0, names: [] }, node.from);
      }
      const opened = openFrame(node, source, depth);
      if (opened !== undefined) frames.push(opened);
    },
    leave() {
      if (frames.at(-1)?.depth === depth) frames.pop();
      depth -= 1;
    },
  });
  return found;
}
