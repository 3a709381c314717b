import { expect, test } from 'vitest';
import type { KilopyError } from '../errors/kilopy-error.ts';
import { targets } from '../spec/targets.ts';
import { auditObjects, readObjects } from './audit-objects.ts';

function targetOf(name: string): (typeof targets)[number] {
  const target = targets.find((one) => one.name === name);
  if (target === undefined) throw new Error(name);
  return target;
}

function mipsObject(name: string, abi = 'Soft float', isa = 'MIPS32r2'): string {
  return `File: ${name}
  Class:                             ELF32
  Data:                              2's complement, big endian
  Machine:                           MIPS R3000
  Flags:                             0x70001005, noreorder, cpic, o32, mips32r2
ISA: ${isa}
FP ABI: ${abi}
`;
}

function armObject(name: string, cpu = 'v5TE', further = ''): string {
  return `File: ${name}
  Class:                             ELF32
  Data:                              2's complement, little endian
  Machine:                           ARM
  Flags:                             0x5000000, Version5 EABI
  Tag_CPU_arch: ${cpu}
${further}`;
}

const mips = ['crt1.o', 'libc.a/printf.o', 'vm.o', 'micropython'].map((name) => mipsObject(name)).join('');
const arm = ['crt1.o', 'vm.o', '/tmp/libc.a/printf.o'].map((name) => armObject(name)).join('');

function faultsOf(target: string, text: string): unknown {
  try {
    auditObjects(targetOf(target), text, 'small');
  } catch (error) {
    return (error as KilopyError).data['faults'];
  }
  return [];
}

test('objects are read with their facts, and instructions belong to the file that is named', () => {
  const objects = readObjects(`${mips}Float: vm.o:     10c:\t46200004 \tsqrt.d\t$f0,$f12\n`);
  expect(objects.map(({ name }) => name)).toEqual(['crt1.o', 'libc.a/printf.o', 'vm.o', 'micropython']);
  expect(objects[2]?.facts.get('FP ABI')).toBe('Soft float');
  expect(objects[2]?.floats).toEqual(['10c:\t46200004 \tsqrt.d\t$f0,$f12']);
});

test.each([
  ['linux/mips', mips],
  ['linux/mips', mips + mipsObject('any.o', 'Hard or soft float')],
  ['linux/arm/v5', arm],
  ['linux/arm/v5', arm + armObject('/tmp/audit/members/libc.a/atomics.o', 'v7')],
  ['linux/arm/v5', arm + armObject('setjmp.o', 'v5TE', '  Tag_FP_arch: No\n')],
])('%s: what fits is taken', (target, text) => {
  expect(faultsOf(target, text)).toEqual([]);
});

test.each([
  ['linux/mips', '', 'the map of the linker names no objects'],
  ['linux/mips', mips + mipsObject('adddf3.o', 'Hard float (double precision)'), 'adddf3.o: FP ABI is Hard float'],
  ['linux/mips', mips + mipsObject('new.o', 'Soft float', 'MIPS32r6'), 'new.o: is for MIPS32r6'],
  ['linux/mips', `${mips}Float: vm.o:   10c:\tadd.d\t$f0,$f12,$f14\n`, 'vm.o: has the instruction 10c:'],
  ['linux/mipsle', mips, "crt1.o: Data is 2's complement, big endian"],
  ['linux/arm/v5', arm + armObject('fast.o', 'v6'), 'fast.o: is for ARMv6'],
  [
    'linux/arm/v5',
    arm + armObject('hard.o', 'v5TE', '  Tag_FP_arch: VFPv2\n'),
    'hard.o: needs the floating point unit',
  ],
  [
    'linux/arm/v5',
    arm + armObject('hard.o', 'v5TE', '  Tag_ABI_VFP_args: VFP registers\n'),
    'hard.o: passes floats in VFP registers',
  ],
])('%s: what does not fit is named', (target, text, fault) => {
  expect(faultsOf(target, text)).toEqual(expect.arrayContaining([expect.stringContaining(fault)]));
});
