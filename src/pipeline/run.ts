import { join } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import { outputs } from '../emit/registry.ts';
import type { EmitInput } from '../emit/emit-input.ts';
import type { Context } from '../io/context.ts';
import { writeLock } from '../lock/write-lock.ts';
import { chooseMachine } from '../machine/choose-machine.ts';
import type { MachineName, RunnableImage, RunOptions, RunResult } from '../machine/machine.ts';
import { hostTarget } from '../spec/host-target.ts';
import type { Spec } from '../spec/spec.ts';
import type { Target } from '../spec/targets.ts';
import { openStore, type Store } from '../store/store.ts';
import { assemble, type Assembled } from './assemble.ts';
import type { BuildRequest } from './build-request.ts';
import { buildOciImage } from '../emit/oci-image.ts';
import { imageSettings, runnableConfig } from './image-settings.ts';
import { withRepair } from './with-repair.ts';
import { withScratch } from './scratch.ts';

export interface RunRequest extends BuildRequest {
  readonly machine?: MachineName | undefined;
  readonly run: RunOptions;
}

export interface RunOutcome extends RunResult {
  readonly target: string;
  /** Which machine was picked and why. */
  readonly why: string;
}

/** Builds one target without writing outputs, and runs it. */
export async function run(ctx: Context, request: RunRequest): Promise<RunOutcome> {
  const store = await openStore(ctx, undefined, { offline: request.offline });
  const assembled = await withRepair(ctx, () => assemble(ctx, store, request));
  await writeLock(ctx, assembled.lockPath, assembled.newLock);
  const target = targetToRun(ctx, assembled.spec);
  const { machine, why } = await chooseMachine(ctx, target, request.machine);
  // From here on the terminal is the application's.
  ctx.emit({ type: 'step.started', step: 'run', title: `running on ${why}`, target: target.name });
  ctx.emit({ type: 'note', text: `running ${target.name} on ${why}` });
  const result = await withRunnable(ctx, store, assembled, target, machine.name, async (image) =>
    machine.run(ctx, image, request.run),
  );
  return { ...result, target: target.name, why };
}

const engines: ReadonlySet<MachineName> = new Set(['podman', 'docker']);

/** This machine's own target when it is among them, else the first. */
export function targetToRun(ctx: Context, spec: Spec): Target {
  const host = hostTarget(ctx.host);
  const target = spec.targets.find(({ name }) => name === host?.name) ?? spec.targets[0];
  if (target === undefined) throw new KilopyError('KP1070', 'a spec without a target');
  return target;
}

/** Lays one target out in a scratch folder: as a folder, and for container engines as an archive too. */
export async function withRunnable<T>(
  ctx: Context,
  store: Store,
  { spec, trees, checked }: Assembled,
  target: Target,
  machine: MachineName,
  work: (image: RunnableImage) => Promise<T>,
): Promise<T> {
  const built = trees.find((tree) => tree.target.name === target.name);
  if (built === undefined) throw new KilopyError('KP1070', `${target.name} was not built`);
  const facts = { home: built.reports.users.home, usesLauncher: checked.usesLauncher, usesInit: checked.usesInit };
  const settings = imageSettings(spec, facts);
  const input: EmitInput = { settings, targets: [built], blobs: store, cache: store, compression: 'default' };
  const quiet: Context = { ...ctx, emit: () => undefined };
  return await withScratch(ctx, async (scratch) => {
    const write = async (format: 'dir' | 'oci', name: string): Promise<string> => {
      const [artifact] = await outputs[format].emit(quiet, input, () => buildOciImage(quiet, input));
      const path = join(scratch, name);
      await artifact?.write(quiet, path);
      return path;
    };
    return await work({
      name: spec.name,
      target,
      rootfs: await write('dir', 'rootfs'),
      ociArchive: engines.has(machine) ? await write('oci', 'image.oci.tar') : undefined,
      config: runnableConfig(spec, facts, built.below),
    });
  });
}
