import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { expect, test } from 'vitest';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { readElf } from './read-elf.ts';

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;

test.each([
  [32, 'little', 40, 0x0500_0400, 'arm', { eabi: 5, float: 'hard' }],
  [32, 'little', 40, 0x0500_0200, 'arm', { eabi: 5, float: 'soft' }],
  [32, 'big', 8, 0x7000_1007, 'mips', { mips: { abi: 'o32', isa: 'mips32r2', nan2008: false } }],
  [64, 'little', 8, 0x8000_0407, 'mips', { mips: { abi: 'n64', isa: 'mips64r2', nan2008: true } }],
  [64, 'little', 243, 5, 'riscv', { float: 'double', riscv: { compressed: true, embedded: false } }],
  [64, 'little', 21, 2, 'ppc64', { ppc64Version: 2 }],
  [64, 'big', 22, 0, 's390', {}],
  [64, 'little', 62, 0, 'x86-64', {}],
  [64, 'little', 4711, 0, 'other', {}],
] as const)('%i bit %s, machine %i with flags %i is %s', (fileClass, byteOrder, number, flags, machine, abi) => {
  const file = readElf(makeElf({ fileClass, byteOrder, machine: number, flags }));
  expect(file).toEqual({
    class: fileClass,
    byteOrder,
    machine,
    machineNumber: number,
    type: 'shared',
    flags,
    abi,
    interpreter: '/lib/ld.so',
    needed: ['libc.so.6', 'libm.so'],
    soname: 'me.so',
    rpath: [],
    runpath: ['$ORIGIN', '/opt'],
    flags1: 0x0800_0000,
  });
});

test('what is not ELF is nothing', () => {
  expect(readElf(Buffer.from('#!/bin/sh'))).toBeUndefined();
  expect(readElf(new Uint8Array(0))).toBeUndefined();
});

test('truncations and flipped bits give a file or KilopyError, nothing else', () => {
  const bytes = makeElf({ fileClass: 64, byteOrder: 'little', machine: 62, flags: 0 });
  for (let length = 4; length < 0x431; length++) expect(attempt(bytes.subarray(0, length))).toBe('KP4001');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = Uint8Array.from(bytes);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    expect(['KP4001', 'read', 'not ELF']).toContain(attempt(damaged));
  }
});

test('a dynamic section without end is refused quickly', () => {
  const bytes = Buffer.concat([
    makeElf({ fileClass: 64, byteOrder: 'little', machine: 62, flags: 0 }),
    Buffer.alloc(4_000_000, 1),
  ]);
  bytes.writeBigUInt64LE(0x440n, 0x100 + 56 + 8);
  bytes.writeBigUInt64LE(4_000_000n, 0x100 + 56 + 32);
  expect(attempt(bytes)).toBe('KP4001');
});

test('a program of this machine', () => {
  const path = ['/bin/ls', '/usr/bin/env'].find((one) => existsSync(one));
  const file = readElf(readFileSync(realpathSync(path!)));
  expect(file?.interpreter).toMatch(/^\/lib/);
  expect(file?.needed).toContainEqual(expect.stringMatching(/^libc\./));
});

function attempt(bytes: Uint8Array): string {
  try {
    return readElf(bytes) === undefined ? 'not ELF' : 'read';
  } catch (error) {
    if (error instanceof KilopyError) return error.code;
    throw error;
  }
}

interface Shape {
  readonly fileClass: 32 | 64;
  readonly byteOrder: 'little' | 'big';
  readonly machine: number;
  readonly flags: number;
}

/** Header, three program headers, names at 0x400, dynamic section at 0x300; loaded at 0x10000. No section headers. */
function makeElf({ fileClass, byteOrder, machine, flags }: Shape): Uint8Array {
  const bytes = new Uint8Array(0x440);
  const view = new DataView(bytes.buffer);
  const little = byteOrder === 'little';
  const wide = fileClass === 64;
  const word = (at: number, value: number): void => {
    if (wide) view.setBigUint64(at, BigInt(value), little);
    else view.setUint32(at, value, little);
  };
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1]);
  view.setUint16(16, 3, little);
  view.setUint16(18, machine, little);
  word(wide ? 32 : 28, 0x100);
  view.setUint32(wide ? 48 : 36, flags, little);
  view.setUint16(wide ? 54 : 42, wide ? 56 : 32, little);
  view.setUint16(wide ? 56 : 44, 3, little);
  const names = Buffer.from('\0libc.so.6\0libm.so\0me.so\0$ORIGIN:/opt\0/lib/ld.so\0');
  bytes.set(names, 0x400);
  const segment = (index: number, type: number, offset: number, sizeBytes: number): void => {
    const at = 0x100 + index * (wide ? 56 : 32);
    view.setUint32(at, type, little);
    word(at + (wide ? 8 : 4), offset);
    word(at + (wide ? 16 : 8), 0x10000 + offset);
    word(at + (wide ? 32 : 16), sizeBytes);
  };
  segment(0, PT_LOAD, 0, bytes.length);
  segment(1, PT_DYNAMIC, 0x300, 0x100);
  segment(2, PT_INTERP, 0x400 + names.indexOf('/lib'), 11);
  const table = [1, 1, 1, 11, 5, 0x10400, 10, names.length, 14, 19, 29, 25, 0x6fff_fffb, 0x0800_0000, 0, 0];
  for (const [index, value] of table.entries()) word(0x300 + index * (fileClass / 8), value);
  return bytes;
}
