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
    } while (reader.skip('|'));
    if (alternatives.length > 0) dependencies.push(alternatives);
  } while (reader.skip(','));
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
    const name = this.match(/[A-Za-z0-9][A-Za-z0-9+._-]*/uy, 'a package name');
    const architecture = this.skip(':') ? this.match(/[a-z0-9][a-z0-9-]*/uy, 'an architecture after ":"') : undefined;
    const condition = this.condition();
    let applies = true;
    if (this.skip('[')) applies = matchesArchitectures(this.until(']'), this.scope.architecture);
    const profiles: (readonly string[])[] = [];
    while (this.skip('<')) profiles.push(this.until('>'));
    // Binary packages are built with no profile active: only lists of negations hold.
    if (profiles.length > 0 && !profiles.some((terms) => terms.every((term) => term.startsWith('!')))) applies = false;
    return applies ? { name, architecture, ...condition } : undefined;
  }

  skip(sign: string): boolean {
    this.white();
    if (this.text[this.index] !== sign) return false;
    this.index += 1;
    return true;
  }

  atEmptyItem(): boolean {
    this.white();
    return this.index === this.text.length || this.text[this.index] === ',';
  }

  end(): void {
    this.white();
    if (this.index < this.text.length) throw this.fault('"," or "|"');
  }

  private condition(): { readonly operator?: string; readonly version?: string } {
    if (!this.skip('(')) return {};
    // A bare version means "=", which dpkg takes with a warning.
    const sign = this.match(/(?:<<|<=|>=|>>|[<=>])?/uy, 'an operator');
    const version = this.match(/[^\s()<>=|,]+/uy, 'a version');
    if (!this.skip(')')) throw this.fault('")"');
    return { operator: legacyOperators[sign] ?? sign, version };
  }

  private until(close: string): readonly string[] {
    const end = this.text.indexOf(close, this.index);
    if (end === -1) throw this.fault(`"${close}"`);
    const words = this.text.slice(this.index, end).trim().split(/\s+/u);
    this.index = end + 1;
    return words;
  }

  private match(pattern: RegExp, expected: string): string {
    this.white();
    pattern.lastIndex = this.index;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) throw this.fault(expected);
    this.index += found.length;
    return found;
  }

  private white(): void {
    while (this.index < this.text.length && ' \t\n\r'.includes(this.text.charAt(this.index))) this.index += 1;
  }

  private fault(expected: string): KilopyError {
    return malformed(this.text, this.scope, `${expected} is missing at character ${String(this.index + 1)}`);
  }
}

const legacyOperators: Readonly<Record<string, string>> = { '': '=', '<': '<=', '>': '>=' };

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
