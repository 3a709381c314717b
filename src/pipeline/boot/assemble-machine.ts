import type { Context } from '../../io/context.ts';
import { writeLock } from '../../lock/write-lock.ts';
import type { Board } from '../../machine/qemu-system/board.ts';
import { ensureInit } from '../../runtime/init/ensure-init.ts';
import type { Spec } from '../../spec/spec.ts';
import type { Store } from '../../store/store.ts';
import type { Tree } from '../../tree/node.ts';
import { assemble } from '../assemble.ts';
import type { BuildRequest } from '../build-request.ts';
import { runnableConfig } from '../image-settings.ts';
import { withRepair } from '../with-repair.ts';
import { machineTree } from './machine-tree.ts';

/** The root file system of an application on a board. */
export interface AssembledMachine {
  readonly spec: Spec;
  readonly tree: Tree;
  /** Seconds since 1970: SOURCE_DATE_EPOCH or the newest input. */
  readonly createdSeconds: number;
}

/** Builds the tree of the board's target, as for a container, and adds init with its configuration. */
export async function assembleMachine(
  ctx: Context,
  store: Store,
  request: BuildRequest,
  board: Board,
): Promise<AssembledMachine> {
  const overrides = { ...request.overrides, target: request.overrides.target ?? board.target, output: undefined };
  const assembled = await withRepair(ctx, () => assemble(ctx, store, { ...request, overrides, ownKernel: true }));
  await writeLock(ctx, assembled.lockPath, assembled.newLock);
  const { spec, trees, checked } = assembled;
  const built = trees.find(({ target }) => target.name === board.target);
  if (built === undefined) throw new Error(`${board.target} was not built`);
  const init = await ensureInit(ctx, store, built.target);
  const facts = { home: built.reports.users.home, usesLauncher: checked.usesLauncher, usesInit: false };
  const settings = {
    hostname: spec.name.split('/').at(-1) ?? spec.name,
    clockFloorSeconds: built.createdSeconds,
    network: { mode: 'dhcp' },
    start: runnableConfig(spec, facts, built.below),
    shell: spec.debug ? { tty: board.console, program: shellOf(built.tree) } : undefined,
  } as const;
  const tree = await machineTree(store, built.tree, init, settings, built.createdSeconds);
  return { spec, tree, createdSeconds: built.createdSeconds };
}

/** A real shell where the image has one; MicroPython is always there, and its prompt can look and change things too. */
function shellOf(tree: Tree): string {
  return tree.get('bin/sh') === undefined && tree.get('usr/bin/sh') === undefined ? '/usr/bin/micropython' : '/bin/sh';
}
