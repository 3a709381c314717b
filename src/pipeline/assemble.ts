import { join } from 'node:path';
import type { App } from '../app/app.ts';
import { readApp } from '../app/read-app.ts';
import { checkSyntax } from '../app/syntax.ts';
import type { Context } from '../io/context.ts';
import { lockFileName, type Lock, type LockSection } from '../lock/lock.ts';
import { readLock } from '../lock/read-lock.ts';
import { readSpec } from '../spec/read-spec.ts';
import type { Spec } from '../spec/spec.ts';
import type { Store } from '../store/store.ts';
import type { Node } from '../tree/node.ts';
import type { Archives } from './archives.ts';
import { baseFeedOf } from './base-feeds.ts';
import type { BuildRequest } from './build-request.ts';
import { buildTree, type BuiltTree } from './build-tree.ts';
import { checkAppImports, type CheckedApp } from './check-app.ts';
import { checkLockFits, checkProcessor } from './device-fit.ts';
import { fetchPackages } from './fetch-packages.ts';
import { ownNodes } from './own-nodes.ts';
import { resolvePackages } from './resolve-packages.ts';
import { resolveRoots } from './tls/resolve-roots.ts';

/** Spec, application and lock of a request: all that is needed before packages. */
export interface Prepared {
  readonly spec: Spec;
  readonly app: App;
  readonly lock: Lock | undefined;
  readonly lockPath: string;
  readonly archives: Archives;
}

/** The finished trees of all targets, and what they were made from. */
export interface Assembled extends Prepared {
  readonly sections: readonly LockSection[];
  readonly newLock: Lock;
  readonly checked: CheckedApp;
  readonly trees: readonly BuiltTree[];
}

/** From the folder to the lock: reads and checks everything that costs no network. */
export async function prepare(ctx: Context, store: Store, request: BuildRequest): Promise<Prepared> {
  const spec = await readSpec(ctx, request.folder, request.overrides, ctx.host);
  checkProcessor(request.device, spec.targets);
  const app = await readApp(ctx, store, { folder: spec.folder, ...spec.app, inputs: inputsOf(spec) });
  await checkSyntax(ctx, store, app);
  const lockPath = join(spec.folder, lockFileName);
  const lock = await readLock(ctx, lockPath);
  return { spec, app, lock, lockPath, archives: await baseFeedOf(spec).archives(ctx, spec) };
}

/** Files that a spec names for the build, not for the image. */
function inputsOf({ base, feeds, tls }: Spec): readonly string[] {
  const roots = tls?.roots.flatMap((root) => (root.kind === 'file' ? [root.path] : [])) ?? [];
  const keys = [...base.settings.keys, ...feeds.flatMap((feed) => feed.keys), ...roots];
  return base.name === 'image' && base.settings.from === 'path' ? [...keys, base.settings.path] : keys;
}

/** The line of the design from `spec` to the last `tree`. */
export async function assemble(ctx: Context, store: Store, request: BuildRequest): Promise<Assembled> {
  const prepared = await prepare(ctx, store, request);
  const { spec, app, lock, lockPath, archives } = prepared;
  const locked = { lock, mode: request.lock, file: lockPath };
  const resolved = await resolvePackages(ctx, store, spec, locked, archives);
  const { sections, lock: newLock } = await resolveRoots(ctx, store, spec, resolved);
  checkLockFits(request, sections, spec.targets);
  const packages = await fetchPackages(ctx, store, sections, baseFeedOf(spec), archives);
  const runtimes = spec.targets.map((target, i) => ({
    target,
    section: sections[i] as LockSection,
    packages: packages[i] ?? [],
  }));
  const checked = await checkAppImports(ctx, store, spec, app, runtimes);
  const trees: BuiltTree[] = [];
  for (const runtime of runtimes) {
    const { target, section } = runtime;
    const own = (mtimeSeconds: number): Promise<readonly Node[]> =>
      ownNodes(ctx, store, spec, checked, { target, section, mtimeSeconds });
    trees.push(await buildTree(ctx, store, spec, app, runtime, own));
  }
  return { ...prepared, sections, newLock, checked, trees };
}
