import type { Artifact } from '../emit/artifact.ts';
import type { Context } from '../io/context.ts';
import { findSection } from '../lock/lock.ts';
import { slim } from '../passes/slim.ts';
import { budgetError, findGrowth, type OverBudget, type PartCost, type WayBack } from '../report/budget.ts';
import { mapParallel } from '../io/parallel.ts';
import type { Spec } from '../spec/spec.ts';
import type { Store } from '../store/store.ts';
import { sizedFiles, sizesByOrigin } from '../tree/sizes.ts';
import type { Assembled } from './assemble.ts';
import { budgetParts, type BudgetPart } from './budget-parts.ts';
import { wireBytes } from './build-result.ts';
import type { BuildRequest } from './build-request.ts';
import type { BuiltTree } from './build-tree.ts';
import { measureWithout, type ArchiveBytes } from './leave-out.ts';
import { slimSettings } from './slim-settings.ts';

/** So many of the biggest parts are measured. */
const measuredParts = 10;

/**
 * Compares finished outputs with their budgets, before anything is written: a build that is over leaves the outputs of
 * an earlier one as they are.
 *
 * @throws KilopyError KP1201 with what costs most, what grew since the lock, and what would help
 */
export async function checkBudget(
  ctx: Context,
  store: Store,
  assembled: Assembled,
  artifacts: readonly Artifact[],
  request: BuildRequest,
): Promise<void> {
  const faults: OverBudget[] = [];
  for (const budget of assembled.spec.budget) {
    const concerned = artifacts.filter(({ format }) => format === budget.output);
    if (concerned.length === 0)
      ctx.emit({ type: 'note', text: `the budget of ${budget.output} is not checked: it is not among the outputs` });
    for (const artifact of concerned) {
      const sizeBytes = budgetBytes(artifact);
      if (sizeBytes <= budget.limitBytes) continue;
      const { fileName } = artifact;
      ctx.emit({ type: 'step.started', step: 'emit', title: `measuring what makes ${fileName} too large` });
      const costs = await measureCosts(ctx, store, assembled, artifact, request);
      ctx.emit({ type: 'step.finished', step: 'emit' });
      faults.push({ budget, fileName, sizeBytes, ...costs, grown: growthOf(assembled, artifact) });
    }
  }
  const error = budgetError(faults);
  if (error !== undefined) throw error;
}

/** What counts: of images what a registry sends, of a folder the bytes on disk, else those of the file. */
function budgetBytes({ format, image, sizeBytes, rawBytes }: Artifact): number {
  if (image !== undefined) return wireBytes(image);
  return format === 'dir' ? rawBytes : sizeBytes;
}

/** The biggest parts with what each costs, most expensive first. Targets add up. */
async function measureCosts(
  ctx: Context,
  store: Store,
  assembled: Assembled,
  artifact: Artifact,
  request: BuildRequest,
): Promise<Pick<OverBudget, 'parts' | 'options'>> {
  const trees = assembled.trees.filter(({ target }) => artifact.targets.includes(target.name));
  const isRaw = artifact.format === 'tar' || artifact.format === 'dir';
  const packed =
    artifact.layers.length > 0 ? artifact.layers.reduce((sum, one) => sum + one.sizeBytes, 0) : artifact.sizeBytes;
  const measure = isRaw ? 'raw' : 'gzip';
  const whole = await measureAll(ctx, store, trees, () => false, measure);
  const scale = packed / whole.gzipBytes;
  const saving = (all: ArchiveBytes, rest: ArchiveBytes): number =>
    isRaw ? all.rawBytes - rest.rawBytes : (all.gzipBytes - rest.gzipBytes) * scale;
  const parts = await mapParallel(biggestParts(budgetParts(assembled), trees), 2, async (part): Promise<PartCost> => {
    const rest = await measureAll(ctx, store, trees, part.has, measure);
    return { name: part.name, costBytes: Math.round(saving(whole, rest)), wayBack: part.wayBack };
  });
  const options: WayBack[] = [];
  if (assembled.spec.slim !== 'closure') {
    const rest = await measureClosure(ctx, store, assembled.spec, trees, measure);
    options.push({ wayBack: 'slim: closure', costBytes: Math.round(saving(whole, rest)) });
  }
  if (!isRaw && request.compress === 'default')
    // 0.960 beside 0.993 of gzip -9 on 5 MB of programs (codec/gzip/encode-gzip.ts).
    options.push({ wayBack: 'build with --compress max (about 3 %)', costBytes: Math.round(packed * 0.03) });
  return { parts: parts.toSorted((a, b) => b.costBytes - a.costBytes), options };
}

/** What stays of the same trees with `slim: closure`. */
async function measureClosure(
  ctx: Context,
  store: Store,
  spec: Spec,
  trees: readonly BuiltTree[],
  measure: 'raw' | 'gzip',
): Promise<ArchiveBytes> {
  const slimmed: BuiltTree[] = [];
  for (const built of trees) {
    const { tree } = await slim(built.tree, store, slimSettings(spec, 'closure'));
    slimmed.push({ ...built, tree });
  }
  return await measureAll(ctx, store, slimmed, () => false, measure);
}

async function measureAll(
  ctx: Context,
  store: Store,
  trees: readonly BuiltTree[],
  leave: BudgetPart['has'],
  measure: 'raw' | 'gzip',
): Promise<ArchiveBytes> {
  const sizes = [];
  for (const { tree } of trees) sizes.push(await measureWithout(ctx, store, tree, leave, measure));
  return {
    rawBytes: sizes.reduce((sum, one) => sum + one.rawBytes, 0),
    gzipBytes: sizes.reduce((sum, one) => sum + one.gzipBytes, 0),
  };
}

function biggestParts(parts: readonly BudgetPart[], trees: readonly BuiltTree[]): BudgetPart[] {
  const files = trees.flatMap(({ tree }) => sizedFiles(tree));
  return parts
    .map((part) => ({
      part,
      sizeBytes: files.reduce((sum, { node, sizeBytes }) => sum + (part.has(node) ? sizeBytes : 0), 0),
    }))
    .filter(({ sizeBytes }) => sizeBytes > 0)
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, measuredParts)
    .map(({ part }) => part);
}

/** Against the sizes in the lock as it was before this build. */
function growthOf({ trees, sections, lock }: Assembled, artifact: Artifact): OverBudget['grown'] {
  const at = trees.findIndex(({ target }) => artifact.targets.includes(target.name));
  const [built, section] = [trees[at], sections[at]];
  if (built === undefined || section === undefined || lock === undefined) return [];
  const now = sizesByOrigin(built.tree).filter(({ kind }) => kind !== 'app');
  return findGrowth(findSection(lock, section)?.measured, now);
}
