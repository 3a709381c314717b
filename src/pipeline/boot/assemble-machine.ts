import type { Context } from '../../io/context.ts';
import { withSection } from '../../lock/lock.ts';
import { writeLock } from '../../lock/write-lock.ts';
import type { Board } from '../../machine/qemu-system/board.ts';
import { ensureInit, ensureProgram } from '../../runtime/init/ensure-init.ts';
import type { KernelFiles } from '../../runtime/kernel/kernel-files.ts';
import type { Spec } from '../../spec/spec.ts';
import type { Store } from '../../store/store.ts';
import type { Tree } from '../../tree/node.ts';
import { assemble } from '../assemble.ts';
import type { BuildRequest } from '../build-request.ts';
import type { BuiltTree } from '../build-tree.ts';
import { runnableConfig } from '../image-settings.ts';
import { withRepair } from '../with-repair.ts';
import { debianKernel } from './debian-kernel.ts';
import type { InitSettings } from './init-config.ts';
import { machineTree } from './machine-tree.ts';
import { withModules } from './modules-tree.ts';
import { openwrtMachineTree } from './openwrt/machine-tree.ts';

/** Whose kernel boots it. */
export type KernelOrigin = 'kilopy' | 'debian';

/** The root file system of an application on a board. */
export interface AssembledMachine {
  readonly spec: Spec;
  readonly tree: Tree;
  /** Instead of one of ours, when that was asked for; its modules are in the tree. */
  readonly debianKernel?: KernelFiles | undefined;
  /** Seconds since 1970: SOURCE_DATE_EPOCH or the newest input. */
  readonly createdSeconds: number;
}

/** Builds the tree of the board's target, as for a container, and adds init with its configuration, or what makes an OpenWrt of it. */
export async function assembleMachine(
  ctx: Context,
  store: Store,
  request: BuildRequest,
  board: Board,
  kernelOf: KernelOrigin = 'kilopy',
): Promise<AssembledMachine> {
  const overrides = { ...request.overrides, target: request.overrides.target ?? board.target, output: undefined };
  const assembled = await withRepair(ctx, () => assemble(ctx, store, { ...request, overrides, ownKernel: true }));
  const section = assembled.sections.find(({ target }) => target === board.target);
  const { lockPath: file, newLock } = assembled;
  const debian =
    kernelOf === 'debian'
      ? await debianKernel(ctx, store, board, { locked: section?.kernel, mode: request.lock, file })
      : undefined;
  const locked = section && debian && { ...section, kernel: debian.locked };
  await writeLock(ctx, file, locked === undefined ? newLock : withSection(newLock, locked));
  const { spec, trees, checked } = assembled;
  const built = trees.find(({ target }) => target.name === board.target);
  if (built === undefined) throw new Error(`${board.target} was not built`);
  const facts = { home: built.reports.users.home, usesLauncher: checked.usesLauncher, usesInit: false };
  const common = {
    hostname: spec.name.split('/').at(-1) ?? spec.name,
    clockFloorSeconds: built.createdSeconds,
    start: runnableConfig(spec, facts, built.below),
  };
  const tree = await systemTree(ctx, store, assembled.spec, built, board, common);
  if (debian === undefined) return { spec, tree, createdSeconds: built.createdSeconds };
  const loader = await ensureProgram(ctx, store, built.target, 'modules');
  return {
    spec,
    tree: await withModules(store, tree, loader, debian.modules, built.createdSeconds),
    debianKernel: debian.kernel,
    createdSeconds: built.createdSeconds,
  };
}

/** With init, or as an OpenWrt. */
async function systemTree(
  ctx: Context,
  store: Store,
  spec: Spec,
  { tree, target, createdSeconds }: BuiltTree,
  board: Board,
  common: Pick<InitSettings, 'hostname' | 'clockFloorSeconds' | 'start'>,
): Promise<Tree> {
  if (spec.init?.kind === 'openwrt') {
    const service = common.hostname.replaceAll(/[^\da-z]+/gu, '_');
    const facts = { ...common, service, user: spec.user.name, console: board.console, debug: spec.debug };
    return await openwrtMachineTree(store, tree, facts, createdSeconds);
  }
  const settings: InitSettings = {
    ...common,
    network: { mode: 'dhcp' },
    shell: spec.debug ? { tty: board.console, program: shellOf(tree) } : undefined,
  };
  return await machineTree(store, tree, await ensureInit(ctx, store, target), settings, createdSeconds);
}

/** A real shell where the image has one; MicroPython is always there, and its prompt can look and change things too. */
function shellOf(tree: Tree): string {
  return tree.get('bin/sh') === undefined && tree.get('usr/bin/sh') === undefined ? '/usr/bin/micropython' : '/bin/sh';
}
