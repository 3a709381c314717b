import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Dependency, Provided, Relation } from '../../solve/problem.ts';

/** What a relation field is read for. */
export interface RelationScope {
  /** Debian's name of the architecture: decides about `[amd64 !i386]`. */
  readonly architecture: string;
  /** Package and field, for errors: `libc6 2.41-12 (Depends)`. */
  readonly where: string;
}

/**
 * Reads a Depends or Pre-Depends field: `a (>= 1) [linux-any] <!nocheck> | b:any (<< 2), c` (deb-control(5), Debian
 * policy 7.1). Alternatives that an architecture list or build profile rules out are left out, and dependencies without
 * any left. The legacy operators `<` and `>` come out as `<=` and `>=`. Throws KP5057.
 */
export function parseDependencies(text: string, scope: RelationScope): readonly Dependency[] {
  const reader = new RelationReader(text, scope);
  const dependencies: Dependency[] = [];
  do {
    // deb822 writers leave a comma at the end, or two in a row after a substitution.
    if (reader.atEmptyItem()) continue;
    const alternatives: Relation[] = [];
    do {
      const relation = reader.relation();
      if (relation !== undefined) alternatives.push(relation);
    } while (reader.skip(pipe));
    if (alternatives.length > 0) dependencies.push(alternatives);
  } while (reader.skip(comma));
  reader.end();
  return dependencies;
}

/** Reads Conflicts, Breaks or Replaces: as Depends, without alternatives. Throws KP5057. */
export function parseRelations(text: string, scope: RelationScope): readonly Relation[] {
  const dependencies = parseDependencies(text, scope);
  return dependencies.map((alternatives) => {
    const [relation, second] = alternatives;
    if (relation === undefined || second !== undefined) {
      throw malformed(text, scope, 'alternatives (|) are only for Depends and Pre-Depends');
    }
    return relation;
  });
}

/** Reads Provides: names, with `(= version)` or without. Another operator makes an item void, as for apt. Throws KP5057. */
export function parseProvides(text: string, scope: RelationScope): readonly Provided[] {
  return parseRelations(text, scope).flatMap(({ name, operator, version }) => {
    if (version === undefined) return [{ name }];
    return operator === '=' ? [{ name, version }] : [];
  });
}

/** Only the names of a Provides field, without judging the rest: for tables over a whole index. */
export function providedNames(text: string): readonly string[] {
  const names: string[] = [];
  for (const item of text.split(',')) {
    const name = /[^\s(:[<|]+/u.exec(item)?.[0];
    if (name !== undefined) names.push(name);
  }
  return names;
}

/** Walks over character codes: an index has half a million relations, and a regular expression for each part costs seconds. */
class RelationReader {
  private index = 0;
  private readonly text: string;
  private readonly scope: RelationScope;

  constructor(text: string, scope: RelationScope) {
    this.text = text;
    this.scope = scope;
  }

  /** One `name[:arch] [(op version)] [[archs]] [<profiles>]...`; undefined when it is not for this architecture or build. */
  relation(): Relation | undefined {
    const name = this.word(nameCharacter, 'a package name');
    if (!/^[A-Za-z0-9]/u.test(name)) throw this.fault('a package name');
    const architecture = this.skip(colon) ? this.word(nameCharacter, 'an architecture after ":"') : undefined;
    let operator: string | undefined;
    let version: string | undefined;
    if (this.skip(parenthesis)) {
      operator = this.operator();
      version = this.word(versionCharacter, 'a version');
      if (!this.skip(closingParenthesis)) throw this.fault('")"');
    }
    let applies = true;
    if (this.skip(bracket)) applies = matchesArchitectures(this.until(']'), this.scope.architecture);
    while (this.skip(angle)) {
      const profiles = [this.until('>')];
      while (this.skip(angle)) profiles.push(this.until('>'));
      // Binary packages are built with no profile active: only lists of negations hold.
      applies &&= profiles.some((terms) => terms.every((term) => term.startsWith('!')));
    }
    return applies ? { name, operator, version, architecture } : undefined;
  }

  /** Whether the sign stands next, behind white space; then it is passed over. */
  skip(sign: number): boolean {
    if (this.next() !== sign) return false;
    this.index += 1;
    return true;
  }

  atEmptyItem(): boolean {
    const code = this.next();
    return code === comma || Number.isNaN(code);
  }

  end(): void {
    if (!Number.isNaN(this.next())) throw this.fault('"," or "|"');
  }

  /** `<<`, `<=`, `=`, `>=`, `>>`; a bare version means `=`, which dpkg takes with a warning. */
  private operator(): string {
    const start = this.index;
    let code = this.next();
    const first = code;
    if (code !== angle && code !== equals && code !== greater) return '=';
    this.index += 1;
    code = this.text.charCodeAt(this.index);
    if (first !== equals && (code === equals || code === first)) this.index += 1;
    const sign = this.text.slice(start, this.index).trim();
    return legacyOperators[sign] ?? sign;
  }

  private until(close: string): readonly string[] {
    const end = this.text.indexOf(close, this.index);
    if (end === -1) throw this.fault(`"${close}"`);
    const words = this.text.slice(this.index, end).trim().split(/\s+/u);
    this.index = end + 1;
    return words;
  }

  private word(isIn: (code: number) => boolean, expected: string): string {
    this.next();
    const start = this.index;
    while (isIn(this.text.charCodeAt(this.index))) this.index += 1;
    if (this.index === start) throw this.fault(expected);
    return this.text.slice(start, this.index);
  }

  /** The code of the next character that is not white space; NaN at the end. */
  private next(): number {
    let code = this.text.charCodeAt(this.index);
    while (isWhite(code)) {
      this.index += 1;
      code = this.text.charCodeAt(this.index);
    }
    return code;
  }

  private fault(expected: string): KilopyError {
    return malformed(this.text, this.scope, `${expected} is missing at character ${String(this.index + 1)}`);
  }
}

const comma = 0x2c;
const pipe = 0x7c;
const colon = 0x3a;
const parenthesis = 0x28;
const closingParenthesis = 0x29;
const bracket = 0x5b;
const angle = 0x3c;
const equals = 0x3d;
const greater = 0x3e;

function isWhite(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x09 || code === 0x0d;
}

function nameCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x30 && code <= 0x39) ||
    // - . + _ and capitals, which no policy allows and dpkg takes
    code === 0x2d ||
    code === 0x2e ||
    code === 0x2b ||
    code === 0x5f ||
    (code >= 0x41 && code <= 0x5a)
  );
}

/** Everything but white space and the signs of the grammar. */
function versionCharacter(code: number): boolean {
  return code > 0x20 && ![parenthesis, closingParenthesis, angle, equals, greater, pipe, comma].includes(code);
}

const legacyOperators: Readonly<Record<string, string>> = { '<': '<=', '>': '>=' };

function malformed(text: string, scope: RelationScope, why: string): KilopyError {
  const shown = text.length > 200 ? `${text.slice(0, 200)}...` : text;
  return new KilopyError('KP5057', `A relation of a package cannot be read: ${shown}`, { where: scope.where, why });
}

/** Debian architecture restrictions (policy 7.1): all positive or all negated, with wildcards (policy 11.1.1). */
function matchesArchitectures(list: readonly string[], architecture: string): boolean {
  const negated = list.some((word) => word.startsWith('!'));
  const hit = list.some((word) => matchesWildcard(word.replace(/^!/u, ''), architecture));
  return negated !== hit;
}

function matchesWildcard(word: string, architecture: string): boolean {
  if (word === architecture || word === 'any' || word === 'linux-any') return true;
  const cpu = architecture === 'armhf' || architecture === 'armel' ? 'arm' : architecture;
  return word === `any-${cpu}` || word === `linux-${cpu}`;
}
