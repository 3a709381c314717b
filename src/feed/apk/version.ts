import type { VersionRules } from '../../solve/problem.ts';

/**
 * apk versions, `1.2.3b_rc1_p2~0a1b2c-r4`, exactly as apk-tools 3.0.6 judges them (apk-package(5), "Package versions";
 * its `version.data` is the conformance test). Operators are any mix of `<`, `>`, `=` and `~`; `~` takes the version for
 * a prefix of the other, and `''` and the mix of all three accept anything.
 */
export const apkVersionRules: VersionRules = {
  kind: 'apk',
  isValid: isValidApkVersion,
  compare: (a, b) => compareTokens(a, b, false),
  satisfies(a, operator, b) {
    const wanted = operatorMask(operator);
    if (wanted === undefined) return false;
    if ((wanted & anyOrder) === anyOrder) return true;
    const order = compareTokens(a, b, (wanted & prefix) !== 0);
    return ((order < 0 ? less : order > 0 ? greater : equal) & wanted) !== 0;
  },
};

const equal = 1;
const less = 2;
const greater = 4;
const prefix = 8;
const anyOrder = equal | less | greater;

/** The orders that an operator accepts; undefined for what is none. The empty one accepts all. */
function operatorMask(operator: string): number | undefined {
  if (operator === '') return anyOrder;
  let mask = 0;
  for (const sign of operator) {
    if (sign === '<') mask |= less;
    else if (sign === '>') mask |= greater;
    else if (sign === '=') mask |= equal;
    else if (sign === '~') mask |= prefix | equal;
    else return undefined;
  }
  return mask;
}

/** One expression for the whole grammar: an index has tens of thousands of versions. */
const grammar = /^\d+(?:\.\d+)*[a-z]?(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*(?:~[\da-f]+)?(?:-r\d+)?$/u;

export function isValidApkVersion(version: string): boolean {
  return grammar.test(version);
}

/** Kinds of tokens in the order in which they may follow each other; of two that differ, the later is the smaller. */
const kinds = {
  firstNumber: 0,
  number: 1,
  letter: 2,
  suffix: 3,
  suffixNumber: 4,
  commit: 5,
  revision: 6,
  end: 7,
  invalid: 8,
} as const;

/** Suffixes of versions before (negative) and after (positive) the one without a suffix. */
const suffixRanks: Readonly<Record<string, number>> = {
  alpha: -4,
  beta: -3,
  pre: -2,
  rc: -1,
  cvs: 1,
  svn: 2,
  git: 3,
  hg: 4,
  p: 5,
};

/** The token that a reader stands on. Changed in place: comparing makes no garbage but the digits. */
interface Token {
  readonly version: string;
  /** Index behind the token. */
  position: number;
  kind: number;
  /** What stands in the version, without its introducing sign. */
  text: string;
}

function firstToken(version: string): Token {
  const token = { version, position: 0, kind: kinds.firstNumber, text: '' };
  takeDigits(token);
  return token;
}

function nextToken(token: Token): void {
  const { version, position, kind } = token;
  const sign = version.charAt(position);
  if (sign === '') token.kind = kinds.end;
  else if (sign >= 'a' && sign <= 'z') {
    token.kind = kind > kinds.number ? kinds.invalid : kinds.letter;
    token.text = sign;
    token.position += 1;
  } else if (sign === '.') {
    token.position += 1;
    startDigits(token, kind > kinds.number ? kinds.invalid : kinds.number);
  } else if (sign >= '0' && sign <= '9') {
    // A number after a number needs a dot between them, and nothing else but a suffix can be followed by one.
    startDigits(token, kind === kinds.suffix ? kinds.suffixNumber : kinds.invalid);
  } else if (sign === '_') {
    takeRun(token, position + 1, suffixRun);
    token.kind = kind > kinds.suffixNumber || suffixRanks[token.text] === undefined ? kinds.invalid : kinds.suffix;
  } else if (sign === '~') {
    takeRun(token, position + 1, commitRun);
    token.kind = kind >= kinds.commit || token.text === '' ? kinds.invalid : kinds.commit;
  } else if (version.startsWith('-r', position) && kind < kinds.revision) {
    token.position += 2;
    startDigits(token, kinds.revision);
  } else token.kind = kinds.invalid;
}

const digitRun = /[0-9]*/uy;
const suffixRun = /[a-z]*/uy;
const commitRun = /[0-9a-f]*/uy;

function startDigits(token: Token, kind: number): void {
  token.kind = kind;
  if (kind !== kinds.invalid) takeDigits(token);
}

function takeDigits(token: Token): void {
  takeRun(token, token.position, digitRun);
  if (token.text === '') token.kind = kinds.invalid;
}

function takeRun(token: Token, start: number, run: RegExp): void {
  run.lastIndex = start;
  token.text = run.exec(token.version)?.[0] ?? '';
  token.position = start + token.text.length;
}

/** Order of two versions, valid or not: what cannot be read any further is smaller than what can. */
function compareTokens(a: string, b: string, asPrefix: boolean): number {
  if (a === b) return 0;
  const left = firstToken(a);
  const right = firstToken(b);
  while (left.kind === right.kind && left.kind < kinds.end) {
    const order = compareToken(left, right);
    if (order !== 0) return order;
    nextToken(left);
    nextToken(right);
  }
  if (left.kind === right.kind || (asPrefix && right.kind === kinds.end)) return 0;
  // The longer one is the later one, unless it goes on with a suffix of what came before the release.
  if (isBeforeRelease(left)) return -1;
  if (isBeforeRelease(right)) return 1;
  return right.kind - left.kind;
}

function isBeforeRelease({ kind, text }: Token): boolean {
  return kind === kinds.suffix && (suffixRanks[text] ?? 0) < 0;
}

function compareToken(a: Token, b: Token): number {
  switch (a.kind) {
    case kinds.suffix:
      return (suffixRanks[a.text] ?? 0) - (suffixRanks[b.text] ?? 0);
    case kinds.letter:
    case kinds.commit:
      return compareText(a.text, b.text);
    case kinds.number:
      // As in Gentoo: with a leading zero they are decimal places.
      if (a.text.startsWith('0') || b.text.startsWith('0')) return compareText(a.text, b.text);
      return compareNumbers(a.text, b.text);
    default:
      return compareNumbers(a.text, b.text);
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Numbers wrap at 64 bits, as apk counts. */
function compareNumbers(a: string, b: string): number {
  if (a.length < 16 && b.length < 16) return Number(a) - Number(b);
  const left = BigInt.asUintN(64, BigInt(a));
  const right = BigInt.asUintN(64, BigInt(b));
  return left < right ? -1 : left > right ? 1 : 0;
}
