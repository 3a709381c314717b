import { nearest } from '../../errors/nearest.ts';
import { wishPlace } from '../chain.ts';
import type { Explanation, Wish } from '../problem.ts';
import type { AptState } from './apt-state.ts';
import { formatRelation } from './clause.ts';
import type { DebPackage } from './deb-package.ts';
import type { Target } from './targets.ts';
import { parseDebWish, type DebWish } from './wish.ts';

export type Selection =
  | { readonly ok: true; readonly version: DebPackage }
  | { readonly ok: false; readonly explanation: Explanation };

/**
 * The version that a wish means: of a real package its candidate, or the best version that the condition allows; of a
 * virtual package its provider, when there is exactly one. A suite is chosen for the package itself, not for what it
 * depends on.
 */
export function selectVersion(state: AptState, wish: Wish): Selection {
  const parsed = parseDebWish(wish);
  const { architecture, rules } = state.problem;
  if (parsed === undefined || (parsed.version !== undefined && !rules.isValid(parsed.version))) {
    return failed(wish, badWish(wish));
  }
  if (parsed.architecture !== undefined && !['all', 'any', 'native', architecture].includes(parsed.architecture)) {
    const text = `${quote(wish)} is asked for ${parsed.architecture}, and the build is for ${architecture}`;
    return failed(wish, { kind: 'bad-wish', summary: text, package: parsed.name });
  }
  const target = state.targets.named(parsed.name);
  if (target.versions.length === 0) return selectProvider(state, parsed, target);
  const { candidate } = state.of(parsed.name);
  const allowed = target.versions.filter((version) => isAllowed(state, parsed, version, version.version));
  const version = candidate !== undefined && allowed.includes(candidate) ? candidate : allowed[0];
  if (version !== undefined) return { ok: true, version };
  return failed(wish, noSuchVersion(parsed, target));
}

function isAllowed(state: AptState, wish: DebWish, owner: DebPackage, version: string | undefined): boolean {
  if (wish.suite !== undefined) return (owner.suite ?? owner.feed) === wish.suite;
  return state.targets.matches(wish, version);
}

function selectProvider(state: AptState, parsed: DebWish, target: Target): Selection {
  const { wish } = parsed;
  const providers = target.provisions
    .filter(({ owner, version }) => isAllowed(state, parsed, owner, version))
    .map(({ owner }) => owner)
    .filter((owner) => parsed.version !== undefined || state.of(owner.name).candidate === owner);
  const names = [...new Set(providers.map(({ name }) => name))].sort();
  const [only] = providers;
  if (only !== undefined && names.length === 1) return { ok: true, version: only };
  if (only !== undefined) {
    return failed(wish, {
      kind: 'unsatisfiable',
      package: parsed.name,
      summary: `${quote(wish)} is a virtual package that ${enumerate(names)} provide; name the one that you want`,
      suggestions: names,
    });
  }
  const suggestions = nearest(parsed.name, state.problem.universe.names());
  const known = target.provisions.length > 0;
  return failed(wish, {
    kind: known ? 'unsatisfiable' : 'unknown-package',
    package: parsed.name,
    summary: known
      ? `No provider of ${parsed.name} satisfies ${quote(wish)}`
      : `There is no package ${parsed.name}${wishPlace(wish)}`,
    ...(suggestions.length > 0 ? { suggestions } : {}),
  });
}

function noSuchVersion(parsed: DebWish, { versions }: Target): Omit<Explanation, 'chain' | 'where'> {
  const asked = parsed.suite === undefined ? formatRelation(parsed) : `${parsed.name} of ${parsed.suite}`;
  const present = versions.map((version) => `${version.suite ?? version.feed} has ${version.version}`);
  return {
    kind: 'unsatisfiable',
    package: parsed.name,
    summary: `${asked} is asked for${wishPlace(parsed.wish)}; ${present.join(', ')}`,
    suggestions: versions.map(({ name, version }) => `${name}=${version}`),
  };
}

function badWish(wish: Wish): Omit<Explanation, 'chain' | 'where'> {
  const forms = 'name, name=version, name (>= version), name:arch or name/suite';
  return { kind: 'bad-wish', summary: `${quote(wish)} is not a package: write ${forms}` };
}

function failed(wish: Wish, explanation: Omit<Explanation, 'chain' | 'where'>): Selection {
  return { ok: false, explanation: { ...explanation, chain: [explanation.summary], where: wish.where } };
}

function quote(wish: Wish): string {
  return `"${wish.text}"${wishPlace(wish)}`;
}

/** `a, b and c`, and not more than eight. */
function enumerate(names: readonly string[]): string {
  const shown = names.length > 8 ? [...names.slice(0, 7), `${String(names.length - 7)} others`] : names;
  return [shown.slice(0, -1).join(', '), shown.at(-1)].filter(Boolean).join(' and ');
}
