import { expect, test } from 'vitest';
import { createContext } from '../../io/create-context.ts';
import type { Context } from '../../io/context.ts';
import type { ToolResult } from '../../io/tools.ts';
import { chooseAcceleration } from './acceleration.ts';
import type { Board } from './board.ts';
import { findBoard } from './boards.ts';

/** A host with or without the device file, on which QEMU with KVM does this. */
function host(
  hasDevice: boolean,
  qemu: () => Partial<ToolResult>,
): { readonly ctx: Context; readonly calls: string[][] } {
  const plain = createContext();
  const calls: string[][] = [];
  const fs: Context['fs'] = {
    ...plain.fs,
    exists: async (path) => (path === '/dev/kvm' ? hasDevice : await plain.fs.exists(path)),
  };
  const run = (name: string, args: readonly string[]): Promise<ToolResult> => {
    calls.push([name, ...args]);
    return new Promise((done) => done({ status: 0, stdout: new Uint8Array(), stderr: '', ...qemu() }));
  };
  return { ctx: { ...plain, fs, tools: { ...plain.tools, run } }, calls };
}

function board(name: string): Board {
  const found = findBoard(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

function absent(): never {
  throw new Error('qemu-system-x86_64 is not installed');
}

test.each([
  ['a program has run', () => ({ status: 33 }), 'kvm', 'KVM ran a test program'],
  [
    'the device may not be opened',
    () => ({
      status: 1,
      stderr: 'qemu-system-x86_64: Could not access KVM kernel module: Permission denied\nmore words\n',
    }),
    'tcg',
    'KVM is present but broken (Could not access KVM kernel module: Permission denied); software emulation is used',
  ],
  [
    'the first instruction fails',
    () => ({ status: 134, stderr: '' }),
    'tcg',
    'KVM is present but broken (QEMU ended with status 134); software emulation is used',
  ],
  [
    'QEMU ends well without having run the program',
    () => ({ status: 0 }),
    'tcg',
    'KVM is present but broken (QEMU ended with status 0); software emulation is used',
  ],
  [
    'QEMU does not start',
    absent,
    'tcg',
    'KVM is present but broken (qemu-system-x86_64 is not installed); software emulation is used',
  ],
] as const)('KVM on x86: %s', async (_, qemu, accelerator, why) => {
  const { ctx, calls } = host(true, qemu);
  expect(await chooseAcceleration(ctx, board('x86-microvm'), 'x86_64')).toEqual({ accelerator, why });
  expect(calls).toHaveLength(1);
  expect(calls[0]).toContain('kvm');
});

test('without the device, or on a processor that is not the board’s, nothing is tried', async () => {
  const without = host(false, () => ({ status: 33 }));
  expect(await chooseAcceleration(without.ctx, board('x86-microvm'), 'x86_64')).toEqual({
    accelerator: 'tcg',
    why: 'there is no /dev/kvm',
  });
  const foreign = host(true, () => ({ status: 33 }));
  expect(await chooseAcceleration(foreign.ctx, board('malta-be'), 'x86_64')).toEqual({
    accelerator: 'tcg',
    why: 'x86_64 cannot run linux/mips by itself',
  });
  expect([...without.calls, ...foreign.calls]).toEqual([]);
});
