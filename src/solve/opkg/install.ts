import type { VersionRules } from '../problem.ts';
import { clashOf, layFiles, ownFiles, removeFiles } from './disk.ts';
import { fitsLoosely } from './loose-version.ts';
import type { OpkgPackage } from './opkg-package.ts';
import { installedOf, isThere, type RunState } from './state.ts';
import { bestCandidate, collectUnsatisfied } from './unsatisfied.ts';

/** `opkg install NAME`: false when opkg would have said that it cannot, whatever of it is installed by then. */
export function installByName(run: RunState, rules: VersionRules, text: string): boolean {
  const old = installedOf(run, text);
  const chosen = bestCandidate(run, rules, run.universe.named(text), ({ name }) => name === text, false);
  if (chosen === undefined) {
    run.complaints.push(`${text} is in no feed`);
    return false;
  }
  if (old !== undefined && rules.compare(old.version, chosen.version) >= 0) return true;
  if (old !== undefined) run.of(old).want = 'deinstall';
  return installPackage(run, rules, chosen);
}

/** Installs one package with all that it needs: opkg_install_pkg of opkg-lede. */
export function installPackage(
  run: RunState,
  rules: VersionRules,
  pkg: OpkgPackage,
  reason?: { readonly by: OpkgPackage; readonly text: string },
): boolean {
  const state = run.of(pkg);
  if (state.status === 'installed') return satisfy(run, rules, pkg);
  const old = installedOf(run, pkg.name);
  if (old !== undefined && rules.compare(old.version, pkg.version) >= 0) {
    run.complaints.push(`${pkg.name} ${old.version} is installed already, and ${pkg.version} is not newer`);
    return false;
  }
  state.want = 'install';
  if (old !== undefined) run.of(old).want = 'deinstall';
  const opponent = conflictOf(run, rules, pkg);
  if (opponent !== undefined) {
    run.complaints.push(`${pkg.name} conflicts with ${opponent.name}`);
    return false;
  }
  ownFiles(run.disk, pkg, old);
  if (!satisfy(run, rules, pkg)) return false;
  // A circle of dependencies has installed it meanwhile.
  if (isThere(state)) return true;
  if (old !== undefined) removeOrphans(run, old);
  const replaced = installedReplacees(run, pkg);
  const clash = clashOf(run.disk, pkg, [old, ...replaced]);
  if (clash !== undefined) {
    run.complaints.push(`${pkg.name} brings /${clash.path}, which ${clash.owner?.name ?? 'another package'} has`);
    return false;
  }
  for (const one of [old, ...replaced]) if (one !== undefined) remove(run, one);
  layFiles(run.disk, pkg);
  state.status = 'unpacked';
  state.isPreferred = false;
  run.order.push(pkg);
  run.neededBy.set(pkg, reason);
  return true;
}

function satisfy(run: RunState, rules: VersionRules, pkg: OpkgPackage): boolean {
  const { packages, unmet, reasons } = collectUnsatisfied(run, rules, pkg, false);
  if (unmet.length > 0) {
    run.complaints.push(`${pkg.name} cannot have ${unmet.join(', ')}`);
    return false;
  }
  for (const one of packages) run.of(one).want = 'install';
  for (const one of packages) {
    if (!isThere(run.of(one)) && !installPackage(run, rules, one, reasons.get(one))) return false;
  }
  return true;
}

/** Looks only at what the new package says, never at what installed ones say of it, and only at very names. */
function conflictOf(run: RunState, rules: VersionRules, pkg: OpkgPackage): OpkgPackage | undefined {
  for (const relation of pkg.conflicts.flatMap(({ alternatives }) => alternatives)) {
    for (const one of run.universe.named(relation.name)?.packages ?? []) {
      const { status, want } = run.of(one);
      const counts = (status === 'installed' || want === 'install') && fitsLoosely(rules, relation, one);
      if (counts && !pkg.replaces.includes(one.name)) return one;
    }
  }
  return undefined;
}

/** What it replaces and conflicts with goes, when an earlier run installed it. */
function installedReplacees(run: RunState, pkg: OpkgPackage): readonly OpkgPackage[] {
  const conflicts = new Set(pkg.conflicts.flatMap(({ alternatives }) => alternatives.map(({ name }) => name)));
  return pkg.replaces
    .flatMap((name) => run.universe.named(name)?.packages ?? [])
    .filter((one) => run.of(one).status === 'installed' && [one.name, ...one.provides].some((n) => conflicts.has(n)));
}

/** What only the old version of a package needed goes when a newer one is installed (pkg_remove_orphan_dependent). */
function removeOrphans(run: RunState, old: OpkgPackage): void {
  const needed = old.depends.filter(({ kind }) => kind === 'depends').flatMap(({ alternatives }) => alternatives);
  for (const { name } of needed) {
    const pkg = installedOf(run, name);
    if (pkg === undefined || pkg.isEssential || run.neededBy.get(pkg) === undefined) continue;
    const dependers = [pkg.name, ...pkg.provides].flatMap((own) => run.universe.named(own)?.dependers ?? []);
    const installed = dependers.filter(({ packages }) => packages.some((one) => run.of(one).status === 'installed'));
    // It counts readings, not packages: the old package has to have been read once.
    if (installed.length === 1) remove(run, pkg);
  }
}

function remove(run: RunState, pkg: OpkgPackage): void {
  const state = run.of(pkg);
  state.status = 'absent';
  state.want = 'deinstall';
  run.order.splice(run.order.indexOf(pkg), 1);
  removeFiles(run.disk, pkg);
}
