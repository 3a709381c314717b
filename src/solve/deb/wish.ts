import type { Wish } from '../problem.ts';

/** A wish, read. */
export interface DebWish {
  readonly wish: Wish;
  readonly name: string;
  readonly architecture?: string | undefined;
  readonly operator?: string | undefined;
  readonly version?: string | undefined;
  readonly suite?: string | undefined;
}

const grammar =
  /^(?<name>[A-Za-z0-9][A-Za-z0-9+._-]*)(?::(?<architecture>[a-z0-9-]+))?(?:\s*\(\s*(?<inner>.+?)\s*\)|\s*(?<outer>(?:<<|<=|>=|>>|[<=>]).+)|\/(?<suite>\S+))?$/u;
const condition = /^(?<operator><<|<=|>=|>>|[<=>])?\s*(?<version>[^\s()<>=]+)$/u;
const legacyOperators: Readonly<Record<string, string>> = { '<': '<<', '>': '>>' };

/**
 * Reads `name`, `name:arch`, `name=1.2`, `name>=1.2`, `name (>= 1.2)` or `name/suite`: apt-get's own arguments, and
 * relations as deb-control(5) writes them. In a wish `<` and `>` are meant strictly. Undefined when it is none of these.
 */
export function parseDebWish(wish: Wish): DebWish | undefined {
  const parts = grammar.exec(wish.text.trim())?.groups;
  const name = parts?.['name'];
  if (parts === undefined || name === undefined) return undefined;
  const { architecture, inner, outer, suite } = parts;
  const written = inner ?? outer;
  if (written === undefined) return { wish, name, architecture, suite };
  const { operator = '=', version } = condition.exec(written.trim())?.groups ?? {};
  if (version === undefined) return undefined;
  return { wish, name, architecture, operator: legacyOperators[operator] ?? operator, version };
}
