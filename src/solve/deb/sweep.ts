import type { AptState, PackageState } from './apt-state.ts';
import { softClausesOf, type Clause } from './clause.ts';
import type { DebPackage } from './deb-package.ts';
import { markDelete, markInstall } from './mark.ts';

/**
 * Takes away what abandoned attempts have left behind: everything that no wish reaches over Pre-Depends, Depends,
 * Recommends or Suggests. Afterwards, when that broke something, everything swept comes back that an installed package
 * names in a dependency, even as a second alternative.
 */
export function sweep(state: AptState): void {
  const reached = reach(state);
  const swept: { readonly pkg: PackageState; readonly version: DebPackage }[] = [];
  for (const pkg of byName(state.installed())) {
    const version = pkg.install;
    if (version === undefined || reached.has(pkg)) continue;
    if (markDelete(state, pkg)) swept.push({ pkg, version });
  }
  if (!state.installed().some((pkg) => state.isBroken(pkg))) return;
  for (let again = true; again;) {
    const back = swept.findIndex(({ pkg, version }) => pkg.install === undefined && isNamed(state, version));
    again = back >= 0;
    const [found] = again ? swept.splice(back, 1) : [];
    if (found !== undefined) markInstall(state, found.pkg, { withDependencies: false });
  }
}

function reach(state: AptState): ReadonlySet<PackageState> {
  const reached = new Set<PackageState>();
  const queue = state.installed().filter((pkg) => !pkg.auto || pkg.essential || pkg.important);
  for (let pkg = queue.pop(); pkg !== undefined; pkg = queue.pop()) {
    if (reached.has(pkg) || pkg.install === undefined) continue;
    reached.add(pkg);
    const clauses = [...state.clausesOf(pkg.install), ...softClausesOf(pkg.install)];
    for (const clause of clauses) if (!clause.negative) queue.push(...followed(state, clause));
  }
  return reached;
}

/** What is installed of all alternatives; of the binaries of one source package only those of its newest version. */
function followed(state: AptState, clause: Clause): readonly PackageState[] {
  const { rules } = state.problem;
  return clause.relations.flatMap((relation) => {
    const installed = state.targets
      .solutions(clause, relation)
      .filter((version) => state.of(version.name).install === version);
    return installed
      .filter((one) =>
        installed.every(
          (other) => other.source !== one.source || rules.compare(other.sourceVersion, one.sourceVersion) <= 0,
        ),
      )
      .map(({ name }) => state.of(name));
  });
}

/** Does a package that is to be installed name it, or what it provides, in a dependency? */
function isNamed(state: AptState, version: DebPackage): boolean {
  const keys = new Set(state.targets.keysOf(version));
  return state
    .installed()
    .some(({ install }) =>
      (install === undefined ? [] : state.clausesOf(install)).some(
        (clause) => !clause.negative && clause.relations.some((relation) => keys.has(state.targets.of(relation).key)),
      ),
    );
}

function byName(packages: readonly PackageState[]): readonly PackageState[] {
  return [...packages].sort((a, b) => (a.name < b.name ? -1 : 1));
}
