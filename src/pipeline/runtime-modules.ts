import { libraryRoot } from '../app/python-path.ts';
import { moduleProbeScript, parseModuleList, type RuntimeModules } from '../app/runtime-modules.ts';
import { outputs } from '../emit/registry.ts';
import type { Context } from '../io/context.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import { chooseMachine } from '../machine/choose-machine.ts';
import { askRuntime } from '../machine/module-probe.ts';
import type { LockSection } from '../lock/lock.ts';
import type { Spec } from '../spec/spec.ts';
import type { Target } from '../spec/targets.ts';
import { parseOpkgNames } from '../solve/opkg/dependency.ts';
import type { Store } from '../store/store.ts';
import { buildTree } from './build-tree.ts';
import type { FetchedPackage } from './bases/base-feed.ts';
import { imageSettings, runnableConfig, type StartFacts } from './image-settings.ts';
import { withScratch } from './scratch.ts';

/** One target's packages, from which its runtime can be put together. */
export interface RuntimeOfTarget {
  readonly target: Target;
  readonly section: LockSection;
  readonly packages: readonly FetchedPackage[];
}

const kind = 'runtime-modules-1';
const modulesFolder = 'usr/share/kilopy/';
const modulesEnd = '.modules.json';

/**
 * The modules that the chosen MicroPython has, asked of it once and remembered by the digest of its package. Built-in
 * and frozen modules belong to the source, not to the processor, so any target may speak for all; a runtime that cannot
 * be run here is spoken for by one of the same version from the same signed archive. Undefined when nothing can be asked.
 */
export async function runtimeModules(
  ctx: Context,
  store: Store,
  spec: Spec,
  targets: readonly RuntimeOfTarget[],
): Promise<RuntimeModules | undefined> {
  for (const runtime of targets) {
    const told = await packagedModules(store, runtime);
    if (told !== undefined) return withLibrary(told, runtime);
  }
  for (const runtime of targets) {
    const found = await recallModules(store, packageKey(runtime));
    if (found !== undefined) return withLibrary(found, runtime);
  }
  for (const runtime of targets) {
    const names = await ask(ctx, store, spec, runtime).catch(cannotAsk);
    if (names === undefined) continue;
    const bytes = new TextEncoder().encode(JSON.stringify(names));
    await store.remember(kind, packageKey(runtime), bytes);
    await store.remember(kind, sourceKey(runtime), bytes);
    return withLibrary(names, runtime);
  }
  for (const runtime of targets) {
    const found = await recallModules(store, sourceKey(runtime));
    if (found !== undefined) return withLibrary(found, runtime);
  }
  return undefined;
}

/** What a runtime of kilopy's own brings along, so that nobody has to run it. */
async function packagedModules(store: Store, { packages }: RuntimeOfTarget): Promise<RuntimeModules | undefined> {
  for (const { payload } of packages) {
    const entry = payload.entries.find(({ path }) => path.startsWith(modulesFolder) && path.endsWith(modulesEnd));
    if (entry?.type !== 'file') continue;
    return parsePackagedModules(await store.read(entry.content));
  }
  return undefined;
}

/** A package of anybody may have a file of that name: what is not of our form says nothing. */
function parsePackagedModules(bytes: Uint8Array): RuntimeModules | undefined {
  try {
    const told = JSON.parse(Buffer.from(bytes).toString()) as Partial<RuntimeModules> | null;
    return typeof told?.version === 'string' && Array.isArray(told.names) && Array.isArray(told.libraryFiles)
      ? (told as RuntimeModules)
      : undefined;
  } catch {
    return undefined;
  }
}

async function recallModules(store: Store, key: string): Promise<RuntimeModules | undefined> {
  const bytes = await store.recall(kind, key);
  return bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as RuntimeModules);
}

function micropythonOf({ packages }: RuntimeOfTarget): FetchedPackage['locked'] | undefined {
  return packages.find(({ locked, payload }) => {
    // OpenWrt has two packages that both provide the name.
    return (
      locked.name === 'micropython' || parseOpkgNames(payload.control.get('provides') ?? '').includes('micropython')
    );
  })?.locked;
}

function packageKey(runtime: RuntimeOfTarget): string {
  const found = micropythonOf(runtime);
  return found === undefined ? imageKey(runtime) : `package ${found.sha256}`;
}

/** Of a base that is an image and has no packages. */
function imageKey({ section, target }: RuntimeOfTarget): string {
  return `image ${section.sources.map(({ digest }) => digest).join(' ')} ${target.name}`;
}

/** The binary version without a rebuild of one architecture (`+b1`), and who signed the archive. */
function sourceKey(runtime: RuntimeOfTarget): string {
  const found = micropythonOf(runtime);
  if (found === undefined) return imageKey(runtime);
  const { version, feed } = found;
  const trust = runtime.section.sources.filter(({ archive }) => archive === feed).map((source) => source.trust);
  return `source ${feed} ${trust.sort().join(' ')} ${version.replace(/\+b\d+$/, '')}`;
}

/** Where no machine runs this target, or what the machine needs is not installed. */
function cannotAsk(error: unknown): undefined {
  if (error instanceof KilopyError && (error.code === 'KP9001' || error.code === 'KP1003')) return undefined;
  throw error;
}

/** Runs the probe in the runtime without the application. Throws KP9001 or KP1003 where nothing here can run it. */
async function ask(ctx: Context, store: Store, spec: Spec, runtime: RuntimeOfTarget): Promise<RuntimeModules> {
  const quiet: Context = { ...ctx, emit: () => undefined };
  const { target } = runtime;
  await chooseMachine(quiet, target);
  ctx.emit({ type: 'step.started', step: 'imports', title: 'asking MicroPython for its modules', target: target.name });
  const bare: Spec = { ...spec, files: [], packages: [], slim: 'closure' };
  const app = { folder: spec.folder, entry: spec.app.entry, files: [], leftOut: [] };
  const built = await buildTree(quiet, store, bare, app, runtime, () => Promise.resolve([]));
  const facts: StartFacts = { home: built.reports.users.home, usesLauncher: false, usesInit: false };
  const names = await withScratch(ctx, async (scratch) => {
    const input = {
      settings: imageSettings(spec, facts),
      targets: [built],
      blobs: store,
      cache: store,
      compression: 'default',
    } as const;
    const [folder] = await outputs.dir.emit(quiet, input, () => Promise.reject(new Error('no image is needed')));
    const rootfs = `${scratch}/rootfs`;
    await folder?.write(quiet, rootfs);
    const config = { ...runnableConfig(spec, facts), ports: [], workdir: '/' };
    return parseModuleList(await askRuntime(quiet, { name: spec.name, target, rootfs, config }, moduleProbeScript));
  });
  ctx.emit({ type: 'step.finished', step: 'imports', target: target.name });
  return names;
}

/** Modules that packages of the base lay into the library folder; the runtime itself does not name them. */
function withLibrary(modules: RuntimeModules, { packages }: RuntimeOfTarget): RuntimeModules {
  const prefix = `${libraryRoot}/`;
  const libraryFiles = packages
    .flatMap(({ payload }) => payload.entries)
    .filter(({ type, path }) => type !== 'directory' && path.startsWith(prefix))
    .map(({ path }) => path.slice(prefix.length));
  return { ...modules, libraryFiles };
}
