import { join } from 'node:path';
import { treeToCpio } from '../../emit/cpio.ts';
import { readFolder } from '../../image/read-folder.ts';
import type { Context } from '../../io/context.ts';
import { hostArchitecture } from '../../machine/host-architecture.ts';
import type { Machine, RunnableImage, RunOptions, RunResult } from '../../machine/machine.ts';
import { chooseAcceleration } from '../../machine/qemu-system/acceleration.ts';
import type { Board } from '../../machine/qemu-system/board.ts';
import { boot } from '../../machine/qemu-system/boot.ts';
import type { BootPlan } from '../../machine/qemu-system/qemu-arguments.ts';
import { qemuVersion } from '../../machine/qemu-system/qemu-program.ts';
import { ensureInit } from '../../runtime/init/ensure-init.ts';
import type { Target } from '../../spec/targets.ts';
import type { Store } from '../../store/store.ts';
import { overlay } from '../../tree/overlay.ts';
import type { Node, Tree } from '../../tree/node.ts';
import type { BoardKernel } from './board-kernel.ts';
import { attendedWords } from './init-config.ts';
import { machineTree } from './machine-tree.ts';

/** What a program of the image is to read as its standard input; its path is the last argument, because a console cannot carry it. */
const inputPath = '.kilopy/input';

/**
 * A board as a way to run an image: it boots, the program runs to its end, and the machine is off. Standard output and error are one console, so
 * both are given everything.
 */
export function boardMachine(
  store: Store,
  board: Board,
  target: Target,
  createdSeconds: number,
  kernel: BoardKernel,
): Machine {
  return {
    name: board.name,
    async available(ctx) {
      await qemuVersion(ctx, board);
      return { ok: true, why: `${board.program} with ${kernel.what}` };
    },
    run: async (ctx, image, options) => await runOnce(ctx, store, target, createdSeconds, kernel, image, options),
  };
}

async function runOnce(
  ctx: Context,
  store: Store,
  target: Target,
  createdSeconds: number,
  kernel: BoardKernel,
  image: RunnableImage,
  options: RunOptions,
): Promise<RunResult> {
  const calledAt = ctx.clock.now();
  const init = await ensureInit(ctx, store, target);
  const start = {
    ...image.config,
    env: { ...image.config.env, ...options.env },
    entrypoint: [
      ...(options.entrypoint ?? image.config.entrypoint),
      ...(options.args ?? []),
      ...(options.stdin instanceof Uint8Array ? [`/${inputPath}`] : []),
    ],
    ports: [],
  };
  const laid = await layOut(ctx, store, image, options, createdSeconds);
  const settings = {
    hostname: image.name,
    clockFloorSeconds: createdSeconds,
    network: { mode: 'none' },
    start,
  } as const;
  const tree = await machineTree(store, laid, init, settings, createdSeconds);
  const folder = await ctx.fs.makeTempDirectory(join(ctx.host.tempFolder, 'kilopy-boot-'));
  try {
    const [kernelPath, initrd] = [join(folder, 'vmlinux'), join(folder, 'initramfs.cpio')];
    await ctx.fs.writeFile(kernelPath, await store.read(kernel.content));
    await ctx.fs.writeAtomic(initrd, treeToCpio(tree, store));
    const plan = await planOf(ctx, kernel, kernelPath, initrd);
    const { exitCode } = await boot(ctx, plan, {
      output: outputOf(options),
      onSignal: options.onSignal,
      patience: { ms: 0, afterwards: 'warn' },
      graceMs: options.graceMs,
      stopsOnInterrupt: true,
    });
    return {
      machine: kernel.board.name,
      exitCode,
      timedOut: false,
      startedMs: 0,
      durationMs: ctx.clock.now() - calledAt,
    };
  } finally {
    await ctx.fs.remove(folder);
  }
}

async function planOf(
  ctx: Context,
  { board, isOwn, memoryMiB }: BoardKernel,
  kernel: string,
  initrd: string,
): Promise<BootPlan> {
  const { name } = await hostArchitecture(ctx);
  const { accelerator } = await chooseAcceleration(ctx, board, name);
  const constants = accelerator === 'tcg' && isOwn ? board.ownKernelAppend(await qemuVersion(ctx, board)) : [];
  const append = [`console=${board.console}`, ...board.append, ...constants, ...attendedWords({ mode: 'none' })];
  return { board, memoryMiB, kernel, initrd, disks: [], append, networks: [], accelerator, console: { kind: 'stdio' } };
}

/** A terminal line ends in two characters. */
function outputOf({ output }: RunOptions): (bytes: Uint8Array) => void {
  if (typeof output !== 'function') return () => undefined;
  return (bytes) => {
    const text = Buffer.from(bytes.filter((byte) => byte !== 0x0d));
    output(text, 'stdout');
    output(text, 'stderr');
  };
}

/** The image's folder, with what shall be shown inside and the input. Everything is root's: a folder does not keep owners. */
async function layOut(
  ctx: Context,
  store: Store,
  { rootfs }: RunnableImage,
  { binds = [], stdin }: RunOptions,
  mtimeSeconds: number,
): Promise<Tree> {
  if (rootfs === undefined) throw new TypeError('a board needs an unpacked root file system');
  const sink = { putStream: async (chunks: AsyncIterable<Uint8Array>) => await store.putStream(chunks) };
  let tree: Tree = owned(await readFolder(ctx, rootfs, sink), '');
  for (const { source, target } of binds) {
    const shown = owned(await readFolder(ctx, source, sink), target.replace(/^\//, ''));
    tree = overlay(tree, shown.values(), { replaces: () => true }).tree;
  }
  if (!(stdin instanceof Uint8Array)) return tree;
  const common = { mode: 0o644, uid: 0, gid: 0, mtimeSeconds, origin: { kind: 'pass', pass: 'machine' } } as const;
  const node = { ...common, type: 'file', path: inputPath, content: await store.put(stdin) } as const;
  return overlay(tree, [node], { replaces: () => true }).tree;
}

function owned(tree: Tree, below: string): Tree {
  const at = (path: string): string => (below === '' ? path : path === '' ? below : `${below}/${path}`);
  const nodes = [...tree.values()].map((node): Node => ({ ...node, path: at(node.path), uid: 0, gid: 0 }));
  return new Map(nodes.map((node) => [node.path, node]));
}
