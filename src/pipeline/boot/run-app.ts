import { join } from 'node:path';
import type { Context } from '../../io/context.ts';
import { hostArchitecture } from '../../machine/host-architecture.ts';
import { chooseAcceleration } from '../../machine/qemu-system/acceleration.ts';
import { boot, type BootOptions, type BootResult } from '../../machine/qemu-system/boot.ts';
import { bootDetached, type Detached } from '../../machine/qemu-system/boot-detached.ts';
import type { Board } from '../../machine/qemu-system/board.ts';
import { checkBootFiles } from '../../machine/qemu-system/check-boot-files.ts';
import { readKernelFacts } from '../../machine/qemu-system/kernel-facts.ts';
import { openwrtLanNetwork, plainNetworks } from '../../machine/qemu-system/networks.ts';
import { planForwards, type WantedPort } from '../../machine/qemu-system/plan-forwards.ts';
import type { BootPlan } from '../../machine/qemu-system/qemu-arguments.ts';
import { qemuVersion } from '../../machine/qemu-system/qemu-program.ts';
import { isInitramfs } from '../../machine/qemu-system/root-facts.ts';
import type { BootTimes } from '../../machine/qemu-system/measure-boot.ts';
import { readReceipt, writeReceipt, type Receipt } from '../../machine/qemu-system/receipt.ts';
import { ensureKernel } from '../../runtime/kernel/ensure-kernel.ts';
import { requireFile, type KernelFiles } from '../../runtime/kernel/kernel-files.ts';
import { openStore, type Store } from '../../store/store.ts';
import type { BuildRequest } from '../build-request.ts';
import { assembleMachine, type KernelOrigin } from './assemble-machine.ts';
import { checkInit, formFiles, noDebianForm, variantOf, type BootForm } from './boot-form.ts';
import type { DiskWishes } from './disk-parts.ts';
import { findDevice } from '../../spec/devices.ts';
import { checkBoard, deviceRoom } from './device-room.ts';
import { attendedWords, emulatorNetwork } from './init-config.ts';
import { attendedWord, earlyAddress } from './openwrt/texts.ts';
import type { Part } from './part.ts';

/** Its packages unpacked are some MiB, and its services want more than one application. */
const openwrtMemoryMiB = 64;
/** It stops its services one by one, each with a shell, and then waits a while by itself. */
const openwrtGraceMs = 60_000;

export interface RunAppRequest extends BuildRequest, DiskWishes {
  readonly board: Board;
  readonly form: BootForm;
  /** Whose kernel; without it kilopy's. */
  readonly kernelOf?: KernelOrigin | undefined;
  readonly memoryMiB?: number | undefined;
  /** Undefined: the ports that the application declares. */
  readonly ports?: readonly WantedPort[] | undefined;
  readonly append: readonly string[];
  /** What is written to the disk stays in the file that was placed, which is itself thrown away. */
  readonly keepWrites?: boolean | undefined;
}

/** Everything that is needed to boot an application, built. */
export interface BootableApp {
  readonly name: string;
  readonly kernel: KernelFiles;
  readonly receiptPath: string;
  /** Whether keys of the console are init's, and not those of a shell. */
  readonly stopsOnInterrupt: boolean;
  /** From the wish to stop until its power is cut, where it needs longer than usual. */
  readonly graceMs?: number | undefined;
  /** Whether the first process is kilopy's, which takes words of the kernel's command line and tells about the application. */
  readonly usesKilopyInit: boolean;
  /** Writes the files into a folder and says how they are booted, with further words for the kernel. */
  place(folder: string, words?: readonly string[]): Promise<BootPlan>;
  receipt(plan: BootPlan, times: BootTimes): Receipt;
}

/** The runs that have been told already which acceleration they have. */
const toldOfKvm = new WeakSet<Context>();

/**
 * Builds the application for the board, with init and kernel, and checks that they fit together.
 *
 * @throws KilopyError KP9201, KP9202, KP9203, and those of a build
 */
export async function buildBootable(ctx: Context, request: RunAppRequest): Promise<BootableApp> {
  const { board } = request;
  const version = await qemuVersion(ctx, board);
  const device = request.device === undefined ? undefined : findDevice(request.device);
  if (device !== undefined) checkBoard(device, board);
  const store = await openStore(ctx, undefined, { offline: request.offline });
  const machine = await assembleMachine(ctx, store, request, board, request.kernelOf);
  const { spec } = machine;
  checkInit(spec, request.form);
  const isOpenwrt = spec.init?.kind === 'openwrt';
  if (machine.debianKernel !== undefined && request.form !== 'initramfs') throw noDebianForm(request.form);
  const kernel = machine.debianKernel ?? (await ensureKernel(ctx, store, board, variantOf(request.form)));
  const debian = machine.debianKernel === undefined ? undefined : board.debianKernel;
  const files = await formFiles(ctx, store, board, request.form, kernel, machine, request);
  const room = device && deviceRoom(device, board, files.flash, machine.tree);
  const memoryMiB =
    request.memoryMiB ?? Math.max(debian?.memoryMiB ?? board.memory.defaultMiB, isOpenwrt ? openwrtMemoryMiB : 0);
  const ports = request.ports ?? spec.ports.map(({ port }) => ({ guestPort: port }));
  // What a packed kernel can do is read from the one that is not packed.
  const facts = readKernelFacts(await store.read(requireFile(kernel, 'vmlinux')), await configOf(store, kernel));
  checkBootFiles(board, {
    kernel: { path: `kernel ${kernel.release}`, facts },
    root: files.root === undefined ? undefined : { ...files.root, path: spec.name },
    memoryMiB,
    needsNetwork: ports.length > 0,
  });
  const { name: host } = await hostArchitecture(ctx);
  const { accelerator, why } = await chooseAcceleration(ctx, board, host);
  // Drills start several machines, one after another.
  if (board.kvmHosts.includes(host) && !toldOfKvm.has(ctx)) ctx.emit({ type: 'note', text: why });
  toldOfKvm.add(ctx);
  const append = [
    `console=${board.console}`,
    ...board.append,
    ...(accelerator === 'tcg' && debian === undefined ? board.ownKernelAppend(version) : []),
    ...files.words,
    ...(isOpenwrt ? [attendedWord, earlyAddress] : attendedWords(emulatorNetwork)),
    ...request.append,
  ];
  return {
    name: spec.name,
    kernel,
    usesKilopyInit: !isOpenwrt,
    stopsOnInterrupt: !spec.debug,
    graceMs: isOpenwrt ? openwrtGraceMs : undefined,
    receiptPath: join(request.outDir, `${spec.name.replaceAll('/', '-')}-${board.name}.receipt.json`),
    async place(folder, words = []) {
      const pathOf = (part: Part): string => join(folder, part.name);
      for (const part of [files.kernel, files.root]) {
        if (part !== undefined) await ctx.fs.writeAtomic(pathOf(part), part.open());
      }
      const { root } = files;
      const forwards = await planForwards(ports);
      const networks = isOpenwrt ? [openwrtLanNetwork(forwards)] : plainNetworks(forwards);
      return {
        board: { ...board, ...debian?.board },
        memoryMiB,
        kernel: pathOf(files.kernel),
        ...(root !== undefined && isInitramfs(root.kind) ? { initrd: pathOf(root) } : {}),
        disks:
          root === undefined || isInitramfs(root.kind)
            ? []
            : [{ path: pathOf(root), format: 'raw', writes: request.keepWrites === true ? 'keep' : 'discard' }],
        append: [...append, ...words],
        networks,
        accelerator,
        console: { kind: 'stdio' },
      };
    },
    receipt: (plan, times) => ({
      ...times,
      machine: board.name,
      form: request.form,
      accelerator: plan.accelerator,
      bootedFiles: [files.kernel, files.root].flatMap((part) =>
        part === undefined ? [] : [{ path: part.name, sizeBytes: part.sizeBytes }],
      ),
      flashBytes: files.flash.kernelBytes + files.flash.rootBytes,
      kernelFlashBytes: files.flash.kernelBytes,
      rootFlashBytes: files.flash.rootBytes,
      ramMiB: plan.memoryMiB,
      ...(room === undefined
        ? {}
        : { device: room.device, deviceLimitBytes: room.limitBytes, deviceLeftBytes: room.leftBytes }),
      kernel: kernel.release,
    }),
  };
}

/** Boots it in the foreground. The receipt is given when it has answered, with the one of the run before. */
export async function runApp(
  ctx: Context,
  app: BootableApp,
  options: Omit<BootOptions, 'onAnswer'>,
  onReceipt: (urls: readonly string[], receipt: Receipt, last: Receipt | undefined) => void,
): Promise<BootResult> {
  const folder = await ctx.fs.makeTempDirectory(join(ctx.host.tempFolder, 'kilopy-boot-'));
  try {
    const plan = await app.place(folder);
    return await boot(ctx, plan, {
      ...options,
      graceMs: app.graceMs,
      asksMemory: app.stopsOnInterrupt && app.usesKilopyInit,
      async onAnswer(times, { plan: booted }) {
        const receipt = app.receipt(booted, times);
        const last = await readReceipt(ctx, app.receiptPath);
        await writeReceipt(ctx, app.receiptPath, receipt);
        onReceipt(urlsOf(booted), receipt, last);
      },
    });
  } finally {
    await ctx.fs.remove(folder);
  }
}

/** Boots it in the background; returns when it has answered. */
export async function runAppDetached(
  ctx: Context,
  app: BootableApp,
  patienceMs: number,
): Promise<Detached & { readonly receipt: Receipt; readonly last: Receipt | undefined }> {
  let plan: BootPlan | undefined;
  const detached = await bootDetached(ctx, {
    name: app.name,
    patienceMs,
    stopsOnInterrupt: app.stopsOnInterrupt,
    graceMs: app.graceMs,
    asksMemory: app.stopsOnInterrupt && app.usesKilopyInit,
    place: async (folder) => (plan = await app.place(folder)),
  });
  if (plan === undefined) throw new Error('a machine without a plan');
  const receipt = app.receipt(plan, detached.times);
  const last = await readReceipt(ctx, app.receiptPath);
  await writeReceipt(ctx, app.receiptPath, receipt);
  return { ...detached, receipt, last };
}

function urlsOf({ networks }: BootPlan): readonly string[] {
  return networks.flatMap(({ forwards }) => forwards.map(({ hostPort }) => `http://127.0.0.1:${String(hostPort)}`));
}

async function configOf(store: Store, { files }: KernelFiles): Promise<string | undefined> {
  return files['config'] === undefined ? undefined : Buffer.from(await store.read(files['config'])).toString();
}
