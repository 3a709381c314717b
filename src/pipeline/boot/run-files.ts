import { basename, dirname, join, resolve } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { hostArchitecture } from '../../machine/host-architecture.ts';
import { chooseAcceleration } from '../../machine/qemu-system/acceleration.ts';
import { boot, type BootOptions, type BootResult } from '../../machine/qemu-system/boot.ts';
import { bootDetached, type Detached } from '../../machine/qemu-system/boot-detached.ts';
import type { Board } from '../../machine/qemu-system/board.ts';
import { checkBootFiles } from '../../machine/qemu-system/check-boot-files.ts';
import { readKernelFacts } from '../../machine/qemu-system/kernel-facts.ts';
import { openwrtNetworks, plainNetworks } from '../../machine/qemu-system/networks.ts';
import { planForwards, type WantedPort } from '../../machine/qemu-system/plan-forwards.ts';
import type { BootPlan } from '../../machine/qemu-system/qemu-arguments.ts';
import { qemuVersion } from '../../machine/qemu-system/qemu-program.ts';
import { isInitramfs, rootHeadBytes, rootKind, type RootKind } from '../../machine/qemu-system/root-facts.ts';

/** Files of others that shall be booted as they are. */
export interface RunFilesRequest {
  readonly board: Board;
  /** Relative to the working folder. */
  readonly kernel: string;
  readonly root?: string | undefined;
  readonly memoryMiB?: number | undefined;
  /** Undefined: what such a system usually offers. */
  readonly ports?: readonly WantedPort[] | undefined;
  /** Further words for the kernel. */
  readonly append: readonly string[];
  readonly keepWrites: boolean;
}

interface RootFile {
  readonly path: string;
  readonly kind: RootKind;
  readonly sizeBytes: number;
  readonly unpackedBytes: number;
}

const foreignMemoryMiB = 128;

/** Boots a kernel and a root file system that kilopy did not make. */
export async function runFiles(ctx: Context, request: RunFilesRequest, options: BootOptions): Promise<BootResult> {
  const plan = await planFiles(ctx, request);
  for (const { guestPort, hostPort } of plan.networks.flatMap(({ forwards }) => forwards)) {
    ctx.emit({ type: 'note', text: `port ${String(guestPort)} of the machine is at 127.0.0.1:${String(hostPort)}` });
  }
  return await boot(ctx, plan, options);
}

/** The same in the background; returns when something has answered. */
export async function runFilesDetached(ctx: Context, request: RunFilesRequest, patienceMs: number): Promise<Detached> {
  const plan = await planFiles(ctx, request);
  const name = basename(request.root ?? request.kernel).replaceAll(/[^\w.-]/g, '_');
  return await bootDetached(ctx, { name, patienceMs, stopsOnInterrupt: false, place: () => Promise.resolve(plan) });
}

/** @throws KilopyError KP9201 without QEMU, KP9202 for files that cannot work together */
export async function planFiles(ctx: Context, request: RunFilesRequest): Promise<BootPlan> {
  const { board } = request;
  const version = await qemuVersion(ctx, board);
  const kernel = resolve(ctx.cwd, request.kernel);
  const facts = readKernelFacts(await readGiven(ctx, kernel), await configBeside(ctx, kernel));
  const root = request.root === undefined ? undefined : await readRoot(ctx, resolve(ctx.cwd, request.root));
  const memoryMiB = request.memoryMiB ?? Math.min(board.memory.mostMiB, foreignMemoryMiB);
  const needsNetwork = (request.ports ?? []).length > 0;
  checkBootFiles(board, { kernel: { path: kernel, facts }, root, memoryMiB, needsNetwork });
  const { name } = await hostArchitecture(ctx);
  const { accelerator, why } = await chooseAcceleration(ctx, board, name);
  if (board.kvmHosts.includes(name)) ctx.emit({ type: 'note', text: why });
  const isOpenwrt = facts.isOpenwrt || (root !== undefined && (await mentionsOpenwrt(ctx, root)));
  const forwards = await planForwards(request.ports ?? (isOpenwrt ? [{ guestPort: 22 }, { guestPort: 80 }] : []));
  const onDisk = root !== undefined && !isInitramfs(root.kind);
  return {
    board,
    memoryMiB,
    kernel,
    initrd: root !== undefined && !onDisk ? root.path : undefined,
    disks: onDisk ? [{ path: root.path, format: 'raw', writes: request.keepWrites ? 'keep' : 'discard' }] : [],
    append: [
      `console=${board.console}`,
      ...(onDisk ? [`root=${board.disk.node}${root.kind === 'disk' ? '1' : ''}`, 'rootwait'] : []),
      ...board.append,
      ...(facts.takesMaltaRate ? board.ownKernelAppend(version) : []),
      ...request.append,
    ],
    networks: isOpenwrt ? openwrtNetworks(forwards) : plainNetworks(forwards),
    accelerator,
    console: { kind: 'stdio' },
  };
}

async function readGiven(ctx: Context, path: string): Promise<Uint8Array> {
  if (!(await ctx.fs.exists(path)))
    throw new KilopyError('KP9202', `there is no file ${path}`, { fix: 'check the path' });
  return await ctx.fs.readFile(path);
}

/** As Debian lays it beside the kernel (`vmlinuz-6.1.0`, `config-6.1.0`), or under the kernel's own name with `.config`. */
async function configBeside(ctx: Context, kernel: string): Promise<string | undefined> {
  const release = /^vmlinu[xz]-(.+)$/.exec(basename(kernel))?.[1];
  const names = [`${kernel}.config`, ...(release === undefined ? [] : [join(dirname(kernel), `config-${release}`)])];
  for (const path of names) if (await ctx.fs.exists(path)) return await ctx.fs.readText(path);
  return undefined;
}

async function readRoot(ctx: Context, path: string): Promise<RootFile> {
  if (!(await ctx.fs.exists(path)))
    throw new KilopyError('KP9202', `there is no file ${path}`, { fix: 'check the path' });
  const sizeBytes = Number((await ctx.fs.stat(path)).size);
  let head: Uint8Array = new Uint8Array();
  for await (const chunk of ctx.fs.readStream(path)) {
    head = chunk.subarray(0, rootHeadBytes);
    break;
  }
  const kind = rootKind(head, basename(path));
  // Compressed archives usually grow threefold; the exact figure would need unpacking.
  const growth = kind === 'cpio' ? 1 : 3;
  return { path, kind, sizeBytes, unpackedBytes: isInitramfs(kind) ? sizeBytes * growth : 0 };
}

/** Names of files stand uncompressed in ext4 and cpio. */
async function mentionsOpenwrt(ctx: Context, { path, kind }: RootFile): Promise<boolean> {
  if (kind !== 'ext4' && kind !== 'cpio') return false;
  for await (const chunk of ctx.fs.readStream(path)) {
    if (Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).includes('openwrt_release')) return true;
  }
  return false;
}
