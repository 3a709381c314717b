import type { App } from '../app/app.ts';
import { checkImports, type ImportReport } from '../app/check-imports.ts';
import { importError } from '../app/import-problem.ts';
import { createImportReader } from '../app/import-reader.ts';
import { needsLauncher } from '../app/launcher.ts';
import { appRoot } from '../app/python-path.ts';
import type { RuntimeModules } from '../app/runtime-modules.ts';
import type { Context } from '../io/context.ts';
import type { Spec } from '../spec/spec.ts';
import type { Store } from '../store/store.ts';
import { checkTls, choosesInit } from './device-choices.ts';
import { overlayNodes } from './overlay-nodes.ts';
import { runtimeModules, type RuntimeOfTarget } from './runtime-modules.ts';

/** What the import check found out, for the steps after it. */
export interface CheckedApp {
  /** Whether the application is started through the launcher (`needsLauncher`). */
  readonly usesLauncher: boolean;
  /** Whether init is the first process (`choosesInit`). */
  readonly usesInit: boolean;
  /** Undefined when the runtime could not be asked. */
  readonly imports: ImportReport | undefined;
  /** What the runtime has; undefined when it could not be asked. */
  readonly modules: RuntimeModules | undefined;
}

/**
 * Compares every import of the application with the modules that the application and the chosen runtime have.
 *
 * @throws KilopyError KP3006 for the imports that would fail, all of them together
 */
export async function checkAppImports(
  ctx: Context,
  store: Store,
  spec: Spec,
  app: App,
  targets: readonly RuntimeOfTarget[],
): Promise<CheckedApp> {
  await checkTls(ctx, store, spec, app);
  const usesInit = await choosesInit(ctx, store, spec, app);
  const modules = await runtimeModules(ctx, store, spec, targets);
  if (modules === undefined) {
    ctx.emit({
      type: 'warning',
      text: 'imports are not checked: no machine here runs this MicroPython (kilopy doctor says what would)',
    });
    return { usesLauncher: await mayNeedLauncher(app, store), usesInit, imports: undefined, modules };
  }
  const imports = await checkImports(await withOverlay(ctx, store, spec, app), modules, createImportReader(store));
  const [first, ...rest] = imports.problems;
  if (first !== undefined) throw importError([first, ...rest]);
  return { usesLauncher: needsLauncher(app, imports.runtimeModules), usesInit, imports, modules };
}

/** The application as the image has it: `files:` below its folder lie over its own. */
async function withOverlay(ctx: Context, store: Store, spec: Spec, app: App): Promise<App> {
  const below = `${appRoot}/`;
  const entries = spec.files.filter(({ path }) => path === '' || path === appRoot || path.startsWith(below));
  if (entries.length === 0) return app;
  const files = new Map(app.files.map((file) => [file.path, file]));
  for (const node of await overlayNodes(ctx, store, entries, 0)) {
    if (node.type !== 'file' || !node.path.startsWith(below)) continue;
    const path = node.path.slice(below.length);
    files.set(path, { path, content: node.content, executable: (node.mode & 0o100) !== 0 });
  }
  return { ...app, files: [...files.values()] };
}

async function mayNeedLauncher(app: App, store: Store): Promise<boolean> {
  const read = createImportReader(store);
  for (const file of app.files) {
    if (!file.path.endsWith('.py')) continue;
    const modules = (await read(file)).map(({ module }) => module);
    if (needsLauncher(app, modules)) return true;
  }
  return false;
}
