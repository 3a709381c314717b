import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../../../test/support/cli.ts';
import { seededRandom } from '../../../test/support/random.ts';
import { findBoard } from './boards.ts';
import { qemuArguments } from './qemu-arguments.ts';
import { choosePowerCut, readWriteLog, replay } from './write-log.ts';

const write = { flush: 1, forced: 2, discard: 4, plain: 0 };

/** A log as blklogwrites writes it. */
function makeLog(entries: readonly (readonly [keyof typeof write, number, string])[]): Buffer {
  const head = Buffer.alloc(512);
  head.writeBigUInt64LE(0x6a736677736872n, 0);
  head.writeBigUInt64LE(1n, 8);
  head.writeUInt32LE(512, 24);
  const rest = entries.flatMap(([kind, sector, text]) => {
    const header = Buffer.alloc(512);
    header.writeBigUInt64LE(BigInt(sector), 0);
    header.writeBigUInt64LE(kind === 'flush' ? 0n : 1n, 8);
    header.writeBigUInt64LE(BigInt(write[kind]), 16);
    const data = Buffer.alloc(kind === 'flush' || kind === 'discard' ? 0 : 512, text);
    return [header, data];
  });
  return Buffer.concat([head, ...rest]);
}

const log = makeLog([
  ['plain', 1, 'a'],
  ['flush', 0, ''],
  ['plain', 2, 'b'],
  ['discard', 3, ''],
  ['plain', 1, 'c'],
  ['flush', 0, ''],
  ['forced', 0, 'd'],
]);

function textOf(disk: Uint8Array): string {
  return [0, 1, 2].map((sector) => String.fromCharCode(disk[sector * 512] ?? 0)).join('');
}

test('entries, with what is certain of them; one that is cut off does not count', () => {
  const writes = readWriteLog(log);
  expect(writes?.map(({ at, bytes, isFlush, isForced }) => [at, bytes.length, isFlush, isForced])).toEqual([
    [512, 512, false, false],
    [0, 0, true, false],
    [1024, 512, false, false],
    [1536, 0, false, false],
    [512, 512, false, false],
    [0, 0, true, false],
    [0, 512, false, true],
  ]);
  expect(writes?.at(-1)?.end).toBe(log.length);
  expect(readWriteLog(log.subarray(0, -1))).toHaveLength(6);
  expect(readWriteLog(Buffer.alloc(4096))).toBeUndefined();
});

test('after a cut there is everything before the flush, and any of what the cache held', () => {
  const writes = readWriteLog(log) ?? [];
  const disk = Buffer.alloc(3 * 512, '-');
  expect(textOf(replay(disk, writes, { durable: 2, lucky: [] }))).toBe('-a-');
  expect(textOf(replay(disk, writes, { durable: 2, lucky: [4] }))).toBe('-c-');
  expect(textOf(replay(disk, writes, { durable: 6, lucky: [] }))).toBe('-cb');
  const random = seededRandom(7);
  const seen = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const cut = choosePowerCut(writes, random);
    if (cut !== undefined) seen.add(textOf(replay(disk, writes, cut)));
  }
  expect([...seen].sort()).toEqual(['-a-', '-ab', '-c-', '-cb', 'dcb']);
});

test('the log that QEMU writes is read', () => {
  const folder = scratch();
  const [disk, file] = [join(folder, 'disk.img'), join(folder, 'log')];
  writeFileSync(disk, Buffer.alloc(65_536));
  writeFileSync(file, '');
  const board = findBoard('malta-be');
  if (board === undefined) throw new Error('no malta-be');
  const args = qemuArguments({
    board,
    memoryMiB: 16,
    kernel: 'none',
    disks: [{ path: disk, format: 'raw', writes: 'keep', log: file }],
    append: [],
    networks: [],
    accelerator: 'tcg',
    console: { kind: 'stdio' },
  });
  const drive = args.slice(args.indexOf('-drive'), args.indexOf('-drive') + 2);
  const input = 'qemu-io disk0 "write -P 65 512 1024"\nqemu-io disk0 "flush"\nquit\n';
  const fixed = ['-M', 'malta', '-nodefaults', '-display', 'none', '-vga', 'none', '-S', '-monitor', 'stdio'];
  execFileSync('qemu-system-mips', [...fixed, ...drive], { input, timeout: 200_000 });
  const [first, second] = readWriteLog(readFileSync(file)) ?? [];
  expect([first?.at, Buffer.from(first?.bytes ?? []).toString()]).toEqual([512, 'A'.repeat(1024)]);
  expect(second?.isFlush).toBe(true);
});

test('without a flush there is no moment to cut at', () => {
  expect(choosePowerCut(readWriteLog(makeLog([['plain', 1, 'a']])) ?? [], () => 0)).toBeUndefined();
});
