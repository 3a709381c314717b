import { join } from 'node:path';
import type { Artifact } from '../emit/artifact.ts';
import { emitOutputs } from '../emit/registry.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { withSection } from '../lock/lock.ts';
import { writeLock } from '../lock/write-lock.ts';
import type { Store } from '../store/store.ts';
import { sizesByOrigin } from '../tree/sizes.ts';
import { assemble, type Assembled } from './assemble.ts';
import { rememberBuild } from './build-memory.ts';
import type { BuildRequest, BuildResult } from './build-request.ts';
import { buildResult } from './build-result.ts';
import { checkBudget } from './budget.ts';
import { checkRootsFit } from './device-fit.ts';
import { imageSettings } from './image-settings.ts';
import { withRepair } from './with-repair.ts';
import { writeOutputs } from './write-outputs.ts';

/** Everything of a build after it is clear that something has changed. */
export async function buildAnew(ctx: Context, store: Store, request: BuildRequest): Promise<BuildResult> {
  const warnings: string[] = [];
  const listening: Context = {
    ...ctx,
    emit(event) {
      if (event.type === 'warning') warnings.push(event.text);
      ctx.emit(event);
    },
  };
  const { assembled, artifacts } = await withRepair(listening, async () => {
    const ready = await assemble(listening, store, request);
    return { assembled: ready, artifacts: await emitArtifacts(listening, store, ready, request) };
  });
  await checkBudget(listening, store, assembled, artifacts, request);
  const written = await writeOutputs(listening, assembled, artifacts, request);
  const isLockWritten = await writeLock(listening, assembled.lockPath, measuredLock(assembled));
  const result = buildResult(assembled, artifacts, request, { isLockWritten, warnings });
  await rememberBuild(ctx, store, request, result, inputsOutside(assembled), written).catch((error: unknown) => {
    if (!(error instanceof KilopyError)) throw error;
    ctx.emit({ type: 'note', text: `the next build will do everything again: ${error.message}` });
  });
  return result;
}

/** The outputs of finished trees, not yet written. */
export async function emitArtifacts(
  ctx: Context,
  store: Store,
  { spec, trees, checked }: Assembled,
  request: BuildRequest,
): Promise<readonly Artifact[]> {
  ctx.emit({ type: 'step.started', step: 'emit', title: 'making outputs' });
  const home = trees[0]?.reports.users.home ?? '/';
  const settings = imageSettings(spec, { home, usesLauncher: checked.usesLauncher, usesInit: checked.usesInit });
  const input = { settings, targets: trees, blobs: store, cache: store, compression: request.compress };
  await checkRootsFit(ctx, request.device, spec.outputs, input);
  const artifacts = await emitOutputs(ctx, input, spec.outputs);
  ctx.emit({ type: 'step.finished', step: 'emit' });
  return artifacts;
}

/** The lock with the sizes of this build, which later builds compare themselves with. */
function measuredLock({ newLock, sections, trees }: Assembled): Assembled['newLock'] {
  return sections.reduce((lock, section, i) => {
    const tree = trees[i]?.tree ?? new Map();
    const measured = Object.fromEntries(
      sizesByOrigin(tree)
        .filter(({ kind }) => kind !== 'app')
        .map(({ name, sizeBytes }) => [name, sizeBytes]),
    );
    return withSection(lock, { ...section, measured });
  }, newLock);
}

/** Files outside the application's folder that decided the result. */
function inputsOutside({ spec }: Assembled): string[] {
  const sources = spec.files.flatMap((entry) =>
    entry.type === 'file' && entry.from.kind === 'source' ? [entry.from.path] : [],
  );
  const keys = [...spec.base.settings.keys, ...spec.feeds.flatMap((feed) => feed.keys)];
  const image = spec.base.name === 'image' && spec.base.settings.from === 'path' ? [spec.base.settings.path] : [];
  const roots = spec.tls?.roots.flatMap((root) => (root.kind === 'file' ? [root.path] : [])) ?? [];
  return [...sources, ...keys, ...image, ...roots].map((path) => join(path));
}
