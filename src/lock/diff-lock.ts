import { formatLockKey, type Lock, type LockPackage } from './lock.ts';

export type LockChange =
  | { readonly kind: 'section-added' | 'section-removed'; readonly section: string }
  | { readonly kind: 'package-added' | 'package-removed'; readonly section: string; readonly package: LockPackage }
  | {
      readonly kind: 'package-changed';
      readonly section: string;
      readonly from: LockPackage;
      readonly to: LockPackage;
    };

/** What packages `after` has other than `before`, by section and then by name. `measured`, dates and reasons do not count. */
export function diffLock(before: Lock, after: Lock): readonly LockChange[] {
  const [old, now] = [before, after].map(
    (lock) => new Map(lock.sections.map((section) => [formatLockKey(section), section])),
  );
  const keys = [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])].sort();
  return keys.flatMap((section) => {
    const from = old?.get(section);
    const to = now?.get(section);
    if (from === undefined) return [{ kind: 'section-added', section } as const];
    if (to === undefined) return [{ kind: 'section-removed', section } as const];
    return diffPackages(section, from.packages, to.packages);
  });
}

/** One line a change, as `--update-lock` shows it. */
export function formatLockChanges(changes: readonly LockChange[]): string {
  return changes.map((change) => `${change.section}: ${sentence(change)}\n`).join('');
}

function diffPackages(section: string, before: readonly LockPackage[], after: readonly LockPackage[]): LockChange[] {
  const old = new Map(before.map((row) => [packageKey(row), row]));
  const now = new Map(after.map((row) => [packageKey(row), row]));
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  return names.flatMap((name): LockChange[] => {
    const [from, to] = [old.get(name), now.get(name)];
    if (from === undefined) return to === undefined ? [] : [{ kind: 'package-added', section, package: to }];
    if (to === undefined) return [{ kind: 'package-removed', section, package: from }];
    const same =
      from.version === to.version && from.sha256 === to.sha256 && from.feed === to.feed && from.path === to.path;
    return same ? [] : [{ kind: 'package-changed', section, from, to }];
  });
}

function packageKey({ name, architecture }: LockPackage): string {
  return `${name}:${architecture}`;
}

function sentence(change: LockChange): string {
  if ('from' in change) return changedSentence(change.from, change.to);
  if (!('package' in change)) return change.kind === 'section-added' ? 'new' : 'gone';
  const { name, version, sizeBytes } = change.package;
  return change.kind === 'package-added' ? `+ ${name} ${version} (${String(sizeBytes)} B)` : `- ${name} ${version}`;
}

function changedSentence(from: LockPackage, to: LockPackage): string {
  if (from.version !== to.version) {
    return `${to.name} ${from.version} -> ${to.version} (${String(from.sizeBytes)} -> ${String(to.sizeBytes)} B)`;
  }
  return from.sha256 === to.sha256
    ? `${to.name} ${to.version} moved to ${to.feed}/${to.path}`
    : `${to.name} ${to.version}: other bytes under the same version`;
}
