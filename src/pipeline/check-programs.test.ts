import { expect, test } from 'vitest';
import { makeElf } from '../../test/support/make-elf.ts';
import { memoryBlobs } from '../../test/support/memory-blobs.ts';
import { file } from '../../test/support/nodes.ts';
import { targets, type TargetName } from '../spec/targets.ts';
import { checkPrograms } from './check-programs.ts';

const origin = { kind: 'app', file: 'tool' } as const;

/** ELF header of a 32-bit executable without segments. */
function header(byteOrder: 'little' | 'big', machine: number): Uint8Array {
  const bytes = Buffer.alloc(52);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, byteOrder === 'little' ? 1 : 2, 1]);
  const put = (value: number, at: number): void => {
    if (byteOrder === 'little') bytes.writeUInt16LE(value, at);
    else bytes.writeUInt16BE(value, at);
  };
  put(2, 16);
  put(machine, 18);
  put(52, 40);
  put(32, 42);
  return bytes;
}

async function check(name: TargetName, content: Uint8Array, mode = 0o755): Promise<string | undefined> {
  const blobs = memoryBlobs();
  const node = file('app/tool', await blobs.put(content), origin, mode);
  const target = targets.find((one) => one.name === name);
  if (target === undefined) throw new Error(name);
  return await checkPrograms(target, new Map([[node.path, node]]), blobs).then(
    () => undefined,
    (error: unknown) => `${(error as Error).message}: ${String((error as { why?: string }).why)}`,
  );
}

test.each<[TargetName, string, Uint8Array]>([
  ['linux/mips', 'its own byte order', header('big', 8)],
  ['linux/mipsle', 'its own byte order', header('little', 8)],
  ['linux/amd64', 'its own', makeElf()],
  ['linux/amd64', 'a program of 386', header('little', 3)],
  ['linux/arm64', 'a program of arm', header('little', 40)],
  ['linux/mips', 'a script', Buffer.from('#!/bin/sh\n')],
])('%s takes %s', async (name, _what, content) => {
  expect(await check(name, content)).toBeUndefined();
});

test.each<[TargetName, Uint8Array, RegExp]>([
  [
    'linux/mips',
    header('little', 8),
    /32-bit little-endian mips program, for linux\/mipsle; linux\/mips is .*big-endian/,
  ],
  ['linux/mipsle', header('big', 8), /32-bit big-endian mips program, for linux\/mips;/],
  ['linux/386', makeElf(), /64-bit little-endian x86-64 program, for linux\/amd64/],
  ['linux/arm/v5', makeElf({ machine: 183 }), /aarch64 program, for linux\/arm64/],
])('%s refuses a program of another family', async (name, content, words) => {
  expect(await check(name, content)).toMatch(words);
});

test('data of another family may be handed on', async () => {
  expect(await check('linux/mips', header('little', 8), 0o644)).toBeUndefined();
});
