import type { VersionRules } from '../problem.ts';
import { fitsLoosely } from './loose-version.ts';
import type { OpkgDependency, OpkgPackage } from './opkg-package.ts';
import { isThere, type RunState } from './state.ts';
import type { OpkgName } from './universe.ts';

/** Packages to install before another, in order, and demands that nothing can meet. */
export interface Unsatisfied {
  readonly packages: OpkgPackage[];
  readonly unmet: string[];
  readonly reasons: Map<OpkgPackage, { readonly by: OpkgPackage; readonly text: string }>;
}

/**
 * What a package needs that is not installed yet, deepest first: pkg_hash_fetch_unsatisfied_dependencies of opkg-lede.
 * Each name is followed once in a run, and never again; the check before a choice (`isPrecheck`) remembers separately.
 */
export function collectUnsatisfied(
  run: RunState,
  rules: VersionRules,
  pkg: OpkgPackage,
  isPrecheck: boolean,
  into: Unsatisfied = { packages: [], unmet: [], reasons: new Map() },
): Unsatisfied {
  const name = run.universe.named(pkg.name);
  const seen = isPrecheck ? run.precheckedNames : run.followed;
  if (name === undefined || seen.has(name)) return into;
  seen.add(name);
  for (const dependency of pkg.depends) {
    if (dependency.kind === 'greedy') addGreedy(run, rules, pkg, dependency, isPrecheck, into);
    else addOne(run, rules, pkg, dependency, isPrecheck, into);
  }
  return into;
}

/**
 * Whether opkg finds everything that a package needs. It looks at each name once a run: asked again, it says yes, which is
 * why a package that was refused can be taken a moment later.
 */
export function isResolvable(run: RunState, rules: VersionRules, pkg: OpkgPackage): boolean {
  const { unmet } = collectUnsatisfied(run, rules, pkg, true);
  for (const demand of unmet) run.complaints.push(`${pkg.name} needs ${demand}, which no feed has`);
  return unmet.length === 0;
}

function addOne(
  run: RunState,
  rules: VersionRules,
  pkg: OpkgPackage,
  dependency: OpkgDependency,
  isPrecheck: boolean,
  into: Unsatisfied,
): void {
  const choose = (isFit: (one: OpkgPackage, index: number) => boolean, passes: boolean): OpkgPackage | undefined => {
    for (const [i, { name }] of dependency.alternatives.entries()) {
      const fits = (one: OpkgPackage): boolean => isFit(one, i);
      const found = bestCandidate(run, rules, run.universe.named(name), fits, true);
      // What is held or installed is offered even where it does not fit.
      if (found === undefined || !fits(found)) continue;
      if (!passes || run.of(found).want !== 'deinstall') return found;
    }
    return undefined;
  };
  const fitsIndex = (one: OpkgPackage, i: number): boolean => {
    const relation = dependency.alternatives[i];
    return relation !== undefined && fitsLoosely(rules, relation, one);
  };
  if (choose((one, i) => isThere(run.of(one)) && fitsIndex(one, i), false) !== undefined) return;
  // A recommendation does not bring back what is being replaced.
  const isOffer = dependency.kind === 'recommends' || dependency.kind === 'suggests';
  const chosen = choose(fitsIndex, isOffer);
  if (chosen === undefined) {
    if (dependency.kind === 'depends') into.unmet.push(dependency.text);
    return;
  }
  if (dependency.kind === 'suggests' || chosen === pkg || into.packages.includes(chosen)) return;
  collectUnsatisfied(run, rules, chosen, isPrecheck, into);
  into.packages.push(chosen);
  into.reasons.set(chosen, { by: pkg, text: dependency.text });
}

/** `name *`: everything that provides it and can be installed without more. */
function addGreedy(
  run: RunState,
  rules: VersionRules,
  pkg: OpkgPackage,
  dependency: OpkgDependency,
  isPrecheck: boolean,
  into: Unsatisfied,
): void {
  const seen = isPrecheck ? run.precheckedNames : run.followed;
  const providers = dependency.alternatives.flatMap(({ name }) => run.universe.named(name)?.providedBy ?? []);
  for (const one of providers.flatMap((provider: OpkgName) => provider.packages)) {
    const name = run.universe.named(one.name);
    const isKnown = name !== undefined && seen.has(name);
    if (run.of(one).want === 'install' || isKnown || into.packages.includes(one)) continue;
    const { packages, unmet } = collectUnsatisfied(run, rules, one, isPrecheck);
    if (unmet.length > 0 || packages.some((needed) => run.of(needed).want !== 'install')) continue;
    into.packages.push(one);
    into.reasons.set(one, { by: pkg, text: dependency.text });
  }
}

/** Which package opkg takes for a name: pkg_hash_fetch_best_installation_candidate of opkg-lede. */
export function bestCandidate(
  run: RunState,
  rules: VersionRules,
  name: OpkgName | undefined,
  fits: (pkg: OpkgPackage) => boolean,
  isQuiet: boolean,
): OpkgPackage | undefined {
  if (name === undefined) return undefined;
  const matching = matchingPackages(run, rules, name);
  return (
    bestFitting(run, name, matching, fits) ??
    matching.findLast((pkg) => pkg.isHeld || run.of(pkg).isPreferred) ??
    matching.findLast((pkg) => isThereUnder(run, pkg)) ??
    (matching.length > 1 && !isQuiet ? firstOfBestArchitecture(run, matching) : undefined) ??
    (matching.length > 1 ? undefined : matching[0])
  );
}

/** All providers that could be installed as far as opkg sees, by name, version and architecture. */
function matchingPackages(run: RunState, rules: VersionRules, name: OpkgName): readonly OpkgPackage[] {
  const found: OpkgPackage[] = [];
  for (const provider of name.providedBy) {
    const [replacement] = provider.replacedBy;
    if (replacement !== undefined && replacement !== provider && name.providedBy.includes(replacement)) continue;
    for (const pkg of (replacement ?? provider).packages) {
      if (!found.includes(pkg) && isResolvable(run, rules, pkg)) found.push(pkg);
    }
  }
  return found.toSorted(
    (a, b) =>
      Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)) ||
      rules.compare(a.version, b.version) ||
      run.universe.priority(a.architecture) - run.universe.priority(b.architecture),
  );
}

/** One point for fitting, one for the very name, one for standing on the command line; of equals the last. */
function bestFitting(
  run: RunState,
  name: OpkgName,
  matching: readonly OpkgPackage[],
  fits: (pkg: OpkgPackage) => boolean,
): OpkgPackage | undefined {
  let best: OpkgPackage | undefined;
  let bestScore = 0;
  for (const pkg of matching) {
    if (!fits(pkg)) continue;
    const score = 1 + (pkg.name === name.name ? 1 : 0) + (run.words.has(pkg.name) ? 1 : 0);
    if (score < bestScore) continue;
    best = pkg;
    bestScore = score;
    if (pkg.isByHand && run.of(pkg).isPreferred) break;
  }
  return best;
}

/** opkg asks whether any package of that name is installed, not whether this version is. */
function isThereUnder(run: RunState, pkg: OpkgPackage): boolean {
  return run.universe.named(pkg.name)?.packages.some((one) => isThere(run.of(one))) === true;
}

function firstOfBestArchitecture(run: RunState, matching: readonly OpkgPackage[]): OpkgPackage | undefined {
  let best: OpkgPackage | undefined;
  for (const pkg of matching) {
    if (best === undefined || run.universe.priority(pkg.architecture) > run.universe.priority(best.architecture))
      best = pkg;
  }
  return best;
}
