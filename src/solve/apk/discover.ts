import { runDeep, type DeepCall } from './deep-call.ts';
import type { SolverState } from './state.ts';
import type { ApkName, ApkNode } from './universe.ts';

/**
 * Finds every name and package that a wished name can lead to, prepares their states and gives names their rank: the
 * deeper a name lies the lower, wished names above all others, and names that no package is called by below all
 * (apk-tools 3.0.6, solver.c: a dependency is decided only after what depends on it, as far as there are no loops).
 */
export function discover(state: SolverState, wished: ReadonlySet<ApkName>, name: ApkName, ranks: RankCounter): void {
  runDeep(discoverName(state, wished, name, ranks));
}

export interface RankCounter {
  last: number;
}

/** Above every count; what they are added to decides first. */
const ofWished = 2 ** 40;
const ofRealAndVirtual = 2 ** 36;

function* discoverName(state: SolverState, wished: ReadonlySet<ApkName>, name: ApkName, ranks: RankCounter): DeepCall {
  const known = state.ofName(name);
  if (known.isKnown) return;
  known.isKnown = true;
  known.isNeverTriggered = true;
  const next = (other: ApkName): DeepCall => discoverName(state, wished, other, ranks);

  let virtual = 0;
  for (const { node } of name.providers) {
    if (prepare(state, node)) for (const { name: needed } of node.depends) yield next(needed);
    known.isNeverTriggered &&= state.ofNode(node).isNeverTriggered;
    if (node.name !== name) virtual += 1;
  }
  for (const triggered of name.triggered) yield next(triggered);
  for (const { node } of name.providers) {
    for (const triggered of node.name.triggered) yield next(triggered);
    for (const { name: provided } of node.provides) yield next(provided);
  }
  ranks.last += 1;
  // apk compares these as signed numbers, in which the highest bit, set for names that were not asked for, is the sign.
  known.rank =
    ranks.last + (wished.has(name) ? ofWished : 0) + (name.providers.length === virtual ? 0 : ofRealAndVirtual);
  for (const { node } of name.providers) for (const trigger of node.installIf) yield next(trigger.name);
}

/** The state of a package before any demand. False when it was prepared before. */
function prepare(state: SolverState, node: ApkNode): boolean {
  const known = state.ofNode(node);
  if (known.isKnown) return false;
  known.isKnown = true;
  const { unusable, installedSizeBytes } = node.package;
  known.allowedTags = 1;
  known.isSelectable = unusable === undefined;
  known.isNeverTriggered = node.installIf.length === 0;
  // apk takes what has no content for a virtual package of its own making, which no tag masks.
  known.isPreferred = installedSizeBytes === 0 || (node.repositories & (state.tagRepositories[0] ?? 0)) !== 0;
  known.isAllowed = known.isPreferred;
  return true;
}
