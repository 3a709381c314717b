import type { Context } from '../../io/context.ts';
import { makeScratch } from '../scratch.ts';
import type { Board } from './board.ts';

export interface Acceleration {
  readonly accelerator: 'kvm' | 'tcg';
  /** For a person: why not KVM, where somebody could have expected it. */
  readonly why: string;
}

const probeMs = 5000;
/** A firmware that writes this to QEMU's exit device makes it end with 2 x value + 1. */
const exitValue = 0x10;
const exitPort = 0xf4;

/**
 * KVM, when the host's processor is the board's and a program has really run in it; else software. A device file alone proves
 * nothing: in virtual machines /dev/kvm often exists and fails at the first instruction.
 */
export async function chooseAcceleration(ctx: Context, board: Board, hostName: string): Promise<Acceleration> {
  if (!board.kvmHosts.includes(hostName))
    return { accelerator: 'tcg', why: `${hostName} cannot run ${board.target} by itself` };
  if (!(await ctx.fs.exists('/dev/kvm'))) return { accelerator: 'tcg', why: 'there is no /dev/kvm' };
  const failure = board.kernelArch === 'x86' ? await runProbe(ctx, board) : await startProbe(ctx, board);
  return failure === undefined
    ? { accelerator: 'kvm', why: 'KVM ran a test program' }
    : { accelerator: 'tcg', why: `KVM is present but broken (${failure}); software emulation is used` };
}

/** Runs seven bytes at the reset vector: `mov al, 0x10; out 0xf4, al; hlt`. */
async function runProbe(ctx: Context, board: Board): Promise<string | undefined> {
  const folder = await makeScratch(ctx);
  try {
    const firmware = new Uint8Array(65_536);
    firmware.set([0xb0, exitValue, 0xe6, exitPort, 0xf4, 0xeb, 0xfd], firmware.length - 16);
    await ctx.fs.writeFile(`${folder}/probe.bin`, firmware);
    const device = ['-device', `isa-debug-exit,iobase=${String(exitPort)},iosize=4`];
    return await attempt(ctx, board, ['-bios', `${folder}/probe.bin`, ...device], 2 * exitValue + 1);
  } finally {
    await ctx.fs.remove(folder);
  }
}

/** Where there is no such device: a machine with a processor, stopped. */
async function startProbe(ctx: Context, board: Board): Promise<string | undefined> {
  return await attempt(ctx, board, ['-S', '-monitor', 'stdio'], 0);
}

async function attempt(
  ctx: Context,
  board: Board,
  args: readonly string[],
  expected: number,
): Promise<string | undefined> {
  const all = ['-M', board.machine, '-accel', 'kvm', '-cpu', 'host', '-m', '16M', '-nodefaults', '-no-user-config'];
  try {
    const { status, stderr } = await ctx.tools.run(board.program, [...all, '-display', 'none', ...args], {
      stdin: 'quit\n',
      timeoutMs: probeMs,
    });
    if (status === expected) return undefined;
    const words = stderr.trim().split('\n')[0] ?? '';
    return words === '' ? `QEMU ended with status ${String(status)}` : words.replace(/^qemu-system-\w+: /, '');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
