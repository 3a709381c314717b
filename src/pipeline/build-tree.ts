import { appNodes } from '../app/app-nodes.ts';
import type { App } from '../app/app.ts';
import { appRoot } from '../app/python-path.ts';
import type { BelowImage } from '../emit/emit-input.ts';
import type { Context } from '../io/context.ts';
import { judgeMaintainerScripts, type MaintainerScriptsReport } from '../passes/maintainer-scripts.ts';
import { runPasses, type PassReports } from '../passes/run-passes.ts';
import type { Spec } from '../spec/spec.ts';
import type { Target } from '../spec/targets.ts';
import type { Store } from '../store/store.ts';
import type { Node, Tree } from '../tree/node.ts';
import { overlay } from '../tree/overlay.ts';
import type { Origin } from '../values/origin.ts';
import { baseFeedOf } from './base-feeds.ts';
import { checkPrograms } from './check-programs.ts';
import { overlayNodes } from './overlay-nodes.ts';
import { packageNodes } from './package-nodes.ts';
import type { RuntimeOfTarget } from './runtime-modules.ts';
import { slimSettings } from './slim-settings.ts';
import { sourceDate } from './source-date.ts';
import { warnOfProgram } from './warn-of-program.ts';

/** The finished root file system of one target. */
export interface BuiltTree {
  readonly target: Target;
  readonly tree: Tree;
  readonly createdSeconds: number;
  readonly reports: PassReports;
  readonly scripts: MaintainerScriptsReport;
  /** Of a base that is an image, when its layers are kept. */
  readonly below?: BelowImage | undefined;
}

/** Packages, application, what kilopy adds (`own`) and `files:` laid over each other, and then the passes. */
export async function buildTree(
  ctx: Context,
  store: Store,
  spec: Spec,
  app: App,
  { target, section, packages }: RuntimeOfTarget,
  own: (mtimeSeconds: number) => Promise<readonly Node[]>,
): Promise<BuiltTree> {
  ctx.emit({ type: 'step.started', step: 'tree', title: 'laying out files', target: target.name });
  const feed = baseFeedOf(spec);
  const below = await feed.tree?.(ctx, store, { spec, target, section, packages });
  const rule = feed.replacesRule(packages);
  // A package lies above an image that was there before.
  const replaces = (newer: Origin, older: Origin): boolean => older.kind === 'image' || rule(newer, older);
  const unprepared = overlay(below?.tree ?? new Map<string, Node>(), packageNodes(packages), { replaces }).tree;
  const base = (await feed.prepare?.(store, unprepared, packages)) ?? unprepared;
  const createdSeconds = sourceDate(ctx, base);
  const nodes = [
    ...appNodes(app, { root: appRoot, mtimeSeconds: createdSeconds }),
    ...(await own(createdSeconds)),
    ...(await overlayNodes(ctx, store, spec.files, createdSeconds)),
  ];
  // What is built now lies above an image that was there before.
  const laid = overlay(base, nodes, { replaces: (_, older) => older.kind === 'image' }).tree;
  ctx.emit({ type: 'step.finished', step: 'tree', target: target.name });

  ctx.emit({ type: 'step.started', step: 'passes', title: 'slimming', target: target.name });
  const passed = await runPasses(laid, store, {
    usrMerge: feed.usrMerge(target),
    user: spec.user,
    slim: slimSettings(
      spec,
      spec.slim,
      below?.keepsPackagesWhole === true || spec.init?.kind === 'openwrt'
        ? packages.map(({ locked }) => locked.name)
        : [],
    ),
    latestSeconds: createdSeconds,
  });
  const { reports } = passed;
  const tree = (await feed.record?.(ctx, store, passed.tree, { spec, target, packages })) ?? passed.tree;
  const detail = `${String(reports.slim.droppedBytes)} bytes left out`;
  ctx.emit({ type: 'step.finished', step: 'passes', target: target.name, detail });
  // A package that slimming left nothing of has nothing to set up.
  const present = new Set([...tree.values()].map(({ origin }) => (origin.kind === 'package' ? origin.name : '')));
  const left = packages.filter(({ locked }) => present.has(locked.name));
  const scripts =
    feed.judgeScripts?.(left) ??
    judgeMaintainerScripts(
      left.map(({ locked, payload }) => ({ name: locked.name, version: locked.version, scripts: payload.scripts })),
    );
  warnOf(ctx, target, reports, scripts);
  await warnOfProgram(ctx, target, tree, store);
  await checkPrograms(target, tree, store);
  return { target, tree, createdSeconds, reports, scripts, below: below?.image };
}

/** What the passes could not do, so that nothing is left out in silence. */
function warnOf(ctx: Context, target: Target, { slim }: PassReports, { unknown }: MaintainerScriptsReport): void {
  if (unknown.length > 0) {
    const [which, have] = unknown.length === 1 ? ['a package', 'has'] : [`${String(unknown.length)} packages`, 'have'];
    const list = unknown.map(({ name, version, scripts }) => `${name} ${version} (${scripts.join(', ')})`).join(', ');
    const text = `${which} of ${target.name} ${have} maintainer scripts that were not run and are not known: ${list}`;
    ctx.emit({ type: 'warning', text });
  }
  for (const { library, needer } of slim.missing) {
    ctx.emit({ type: 'warning', text: `${needer} needs ${library}, which is in no package of ${target.name}` });
  }
}
