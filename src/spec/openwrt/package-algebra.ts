/** What is asked of the package manager, and what somebody took out by name. */
export interface PackageRequest {
  /** In ImageBuilder's order: the user's first, then the sorted others. */
  readonly install: readonly string[];
  /** Names behind a `-`. */
  readonly removed: readonly string[];
}

/**
 * ImageBuilder's sum of packages (target/imagebuilder, Makefile): default and profile sorted, what a `-name` among them
 * names goes with it; then the user's before them, and again. The user's `-name` wins over the user's `name`.
 *
 * @param kernel also wanted where the package manager has one of that name
 */
export function packageRequest(
  defaults: readonly string[],
  profile: readonly string[],
  user: readonly string[],
): PackageRequest {
  const base = without([...new Set([...defaults, ...profile, 'kernel'])].toSorted());
  const all = without([...user, ...base.install]);
  return {
    install: [...new Set(all.install)],
    removed: [...new Set([...base.removed, ...all.removed])].filter((name) => !all.install.includes(name)),
  };
}

function without(words: readonly string[]): PackageRequest {
  const removed = words.filter((word) => word.startsWith('-')).map((word) => word.slice(1));
  const gone = new Set(removed);
  return { install: words.filter((word) => !word.startsWith('-') && !gone.has(word)), removed };
}
