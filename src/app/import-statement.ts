import type { parser } from '@lezer/python';

export type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

export interface ImportPart {
  readonly form: 'import' | 'from';
  readonly module: string;
  readonly level: number;
  readonly names: readonly string[];
  /** Where the module's name begins. */
  readonly offset: number;
}

/** The modules of one `ImportStatement` node of the grammar of @lezer/python. */
export function readImport(statement: SyntaxNode, source: string): ImportPart[] {
  const first = statement.firstChild;
  if (first?.name === 'from') return readFrom(first, source);
  const parts: ImportPart[] = [];
  let names: string[] = [];
  let offset = statement.from;
  function finish(): void {
    if (names.length > 0) parts.push({ form: 'import', module: names.join('.'), level: 0, names: [], offset });
    names = [];
  }
  for (let node = first?.nextSibling; node; node = node.nextSibling) {
    if (node.name === ',') finish();
    else if (node.name === 'as') node = node.nextSibling ?? node;
    else if (node.name === 'VariableName') {
      if (names.length === 0) offset = node.from;
      names.push(source.slice(node.from, node.to));
    }
  }
  finish();
  return parts;
}

function readFrom(from: SyntaxNode, source: string): ImportPart[] {
  const module: string[] = [];
  const names: string[] = [];
  let level = 0;
  let offset: number | undefined;
  let behindImport = false;
  for (let node = from.nextSibling; node; node = node.nextSibling) {
    if (node.name === 'import') {
      behindImport = true;
    } else if (behindImport) {
      if (node.name === 'as') node = node.nextSibling ?? node;
      else if (node.name === 'VariableName' || node.name === '*') names.push(source.slice(node.from, node.to));
    } else {
      offset ??= node.from;
      if (node.name === 'VariableName') module.push(source.slice(node.from, node.to));
      else if (module.length === 0 && node.name === '.') level += 1;
      else if (module.length === 0 && node.name === 'Ellipsis') level += 3;
    }
  }
  if (!behindImport || (level === 0 && module.length === 0)) return [];
  return [{ form: 'from', module: module.join('.'), level, names, offset: offset ?? from.from }];
}

/** The module that `__import__('x')` or `importlib.import_module('x')` names, when it is written out. */
export function importedByCall(call: SyntaxNode, source: string): string | undefined {
  const callee = call.firstChild;
  const list = callee?.nextSibling;
  const argument = list?.name === 'ArgList' ? list.firstChild?.nextSibling : undefined;
  if (!callee || argument?.name !== 'String') return undefined;
  const name = source.slice(callee.from, Math.min(callee.to, callee.from + 64)).replaceAll(/\s/gu, '');
  if (name !== '__import__' && name !== 'importlib.import_module') return undefined;
  return /^(['"])([\w.]+)\1$/u.exec(source.slice(argument.from, argument.to))?.[2];
}
