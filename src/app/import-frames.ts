import type { SyntaxNode } from './import-statement.ts';
import type { ImportStatement } from './imports.ts';

/** A construct around an import that changes whether or when it runs. */
export interface Frame {
  readonly kind: 'try' | 'if' | 'function';
  /** Depth of its node in the syntax tree. */
  readonly depth: number;
  /** Number of a `try` that catches failing imports. */
  readonly attempt?: number;
  readonly condition?: ImportStatement['condition'];
  /** Keyword of the part of a `try` that is being visited. */
  part: string;
}

export const tryParts: ReadonlySet<string> = new Set(['try', 'except', 'else', 'finally']);

const catchesImport = /\b(?:ImportError|ModuleNotFoundError|Exception|BaseException)\b/u;
const conditions: readonly (readonly [NonNullable<ImportStatement['condition']>, RegExp])[] = [
  ['typing', /\bTYPE_CHECKING\b|^\s*(?:False|0)\s*$/u],
  ['platform', /\bsys\s*\.\s*(?:platform|implementation|version|version_info|byteorder)\b|\bos\s*\.\s*uname\b/u],
  ['main', /\b__name__\b/u],
];
/** Conditions and lists of exceptions are looked at up to this length, so that hostile nesting stays linear. */
const lookedAt = 1024;

/** The frame that a node of the syntax tree opens, if it is one of those that matter. */
export function openFrame(
  node: { readonly name: string; readonly from: number; readonly node: SyntaxNode },
  source: string,
  depth: number,
): Frame | undefined {
  if (node.name === 'FunctionDefinition' || node.name === 'LambdaExpression') {
    return { kind: 'function', depth, part: '' };
  }
  if (node.name === 'TryStatement') {
    const catches = headers(node.node, source, ['except']).some(
      (text) => /^\s*$/u.test(text) || catchesImport.test(text),
    );
    return { kind: 'try', depth, part: 'try', ...(catches ? { attempt: node.from } : {}) };
  }
  if (node.name !== 'IfStatement') return undefined;
  const texts = headers(node.node, source, ['if', 'elif']);
  const found = conditions.find(([, pattern]) => texts.some((text) => pattern.test(text)));
  return { kind: 'if', depth, part: '', ...(found === undefined ? {} : { condition: found[0] }) };
}

/** What the frames around an import, outermost first, say about it. */
export function surroundings(
  frames: readonly Frame[],
): Pick<ImportStatement, 'deferred' | 'condition' | 'attempt' | 'fallbackOf'> {
  const inward = frames.toReversed();
  // A `try` around a function does not catch what happens when the function is called.
  const callee = inward.findIndex((frame) => frame.kind === 'function');
  const attempt = inward
    .slice(0, callee === -1 ? undefined : callee)
    .find((frame) => frame.attempt !== undefined && frame.part === 'try')?.attempt;
  const fallbackOf = inward.find((frame) => frame.attempt !== undefined && frame.part === 'except')?.attempt;
  const condition = inward.find((frame) => frame.condition !== undefined)?.condition;
  return {
    deferred: frames.some((frame) => frame.kind === 'function'),
    ...(condition === undefined ? {} : { condition }),
    ...(attempt === undefined ? {} : { attempt }),
    ...(fallbackOf === undefined ? {} : { fallbackOf }),
  };
}

/** Text between each of the keywords and the body that follows it. */
function headers(statement: SyntaxNode, source: string, keywords: readonly string[]): string[] {
  const texts: string[] = [];
  let start: number | undefined;
  for (let node = statement.firstChild; node; node = node.nextSibling) {
    if (keywords.includes(node.name)) start = node.to;
    if (node.name === 'Body' && start !== undefined) {
      texts.push(source.slice(start, Math.min(node.from, start + lookedAt)));
      start = undefined;
    }
  }
  return texts;
}
