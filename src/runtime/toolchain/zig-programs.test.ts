import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../io/package-root.ts';
import { scratch } from '../../../test/support/cli.ts';
import { smallElf, type SmallSection } from '../../../test/support/small-elf.ts';

/** The programs of device/zig that do what zig does not. */
const device = join(packageRoot, 'device/zig');

function run(program: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

/** As lld 22 writes it: with `--cref`, a table of symbols stands behind it. */
const map = `             VMA              LMA     Size Align Out     In      Symbol
          200160           200160    14da0    16 .rodata
          200160           200160       20     8         /out/py/gc.o:(.rodata.gc_info)
          2001e0           2001e0     300a     1         <internal>:(.rodata.str1.1)
          2031f0           2031f0      1b2    16         ../shared/timeutils.o:(.rodata)
          2031f0           2031f0      1b2     1                 mp_qstr(x).o:(.text)
          210000           210000       10     1 .text
          210000           210000        8     1         /out/py/gc.o:(.text.gc_init)
          210008           210008        8     1         /opt/musl/lib/libc.a(printf.o):(.text.printf)
          210010           210010        0     1         /opt/musl/lib/libc.a(environ.o):(COMMON)
          210010           210010        0     1         . = ALIGN(8)

Cross Reference Table

Symbol                                            File
printf                                            /opt/musl/lib/libc.a(printf.o)
                                                  /out/lost.o
`;

test('the map of lld: objects and members of archives that are linked, each once', () => {
  const text = run('sh', ['-c', `. '${device}/musl/audit.sh'; linked`], map);
  expect(text.split('\n').slice(0, -1)).toEqual([
    '../shared/timeutils.o',
    '/opt/musl/lib/libc.a environ.o',
    '/opt/musl/lib/libc.a printf.o',
    '/out/py/gc.o',
  ]);
});

const executed = 6;

test.each(['big', 'little'] as const)('floating point of MIPS is seen in code, %s-endian, and not in data', (order) => {
  const code = [
    // addiu, jr, nop, pref
    0x27bd_ffe0, 0x03e0_0008, 0, 0xcc85_0000,
    // add.d, lwc1, sdc1, madd.d, movf
    0x462e_6000, 0xc7a0_0010, 0xf7b4_0018, 0x4c22_1021, 0x0080_1001,
  ];
  const content = Buffer.alloc(code.length * 4);
  code.forEach((word, i) =>
    order === 'big' ? content.writeUInt32BE(word, i * 4) : content.writeUInt32LE(word, i * 4),
  );
  const file = join(scratch(), 'a.o');
  const data = { name: '.data', type: 1, flags: 3, content };
  writeFileSync(file, smallElf({ order, sections: [{ name: '.text', type: 1, flags: executed, content }, data] }));
  const lines = run('python3', [join(device, 'toolchain/floats.py'), file])
    .trim()
    .split('\n');
  expect(lines).toEqual(
    code
      .slice(4)
      .map((word, i) => `Float: ${file}: ${(16 + 4 * i).toString(16)}:\t${word.toString(16).padStart(8, '0')}`),
  );
});

function part(name: string, type: number, flags: number): SmallSection {
  return { name, type, flags, content: Buffer.from(`<${name}>`) };
}

test('strip keeps what is loaded and the attributes of the processor, which may be a segment', () => {
  const folder = scratch();
  const [source, target] = [join(folder, 'in'), join(folder, 'out')];
  const attributes = 0x7000_0003;
  const elf = smallElf({
    order: 'little',
    sections: [
      part('.text', 1, executed),
      part('.symtab', 2, 0),
      part('.comment', 1, 0),
      part('.ARM.attributes', attributes, 0),
    ],
    segments: [
      [1, '.text'],
      [attributes, '.ARM.attributes'],
    ],
  });
  writeFileSync(source, elf);
  run('python3', [join(device, 'toolchain/bin/strip'), '-s', '-R', '.comment', '-o', target, source]);
  const stripped = readFileSync(target);
  // .symtab and .comment are gone, and with them the first place of the attributes.
  const offset = elf.indexOf('<.symtab>');
  expect(stripped.indexOf('<.ARM.attributes>')).toBe(offset);
  expect(stripped.readUInt32LE(52 + 32 + 4)).toBe(offset);
  expect(stripped.includes('<.text>')).toBe(true);
  expect(stripped.includes('<.symtab>') || stripped.includes('<.comment>')).toBe(false);
  const [shoff, count] = [stripped.readUInt32LE(32), stripped.readUInt16LE(48)];
  expect([count, stripped.readUInt16LE(50), stripped.length]).toEqual([4, 3, shoff + 4 * 40]);
  const names = stripped.readUInt32LE(shoff + 3 * 40 + 16);
  const name = (i: number): string => {
    const at = names + stripped.readUInt32LE(shoff + 40 * i);
    return stripped.toString('latin1', at, stripped.indexOf(0, at));
  };
  expect([1, 2, 3].map(name)).toEqual(['.text', '.ARM.attributes', '.shstrtab']);
});

/** Prints `A B A/B` for values that every interesting case is among, as hexadecimal bits; `divide` is ours or the compiler's. */
const program = `#include <stdint.h>
#include <stdio.h>
#include <string.h>
typedef TYPE number; typedef BITS bits;
number OURS(number, number);
static number of(bits value) { number out; memcpy(&out, &value, sizeof out); return out; }
static bits bits_of(number value) { bits out; memcpy(&out, &value, sizeof out); return value != value ? 1 : out; }
int main(void) {
  int wrong = 0, count = 0;
  bits values[400], state = 88172645463325252u, infinite = bits_of((number)(1.0 / 0.0));
  for (int i = 0; i < 400; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    bits high = state >> 1 ^ state << 7;
    values[i] = i < 40 ? (bits)i : i < 80 ? infinite - 40 + i % 40 : i < 100 ? infinite + i - 80 : i < 200 ? high % (infinite / 900) : high;
    if (i % 3 == 0) values[i] |= (bits)1 << (8 * sizeof(bits) - 1);
  }
  for (int i = 0; i < 400; i++) for (int k = 0; k < 400; k++) {
    volatile number a = of(values[i]), b = of(values[k]);
    wrong += bits_of(a / b) != bits_of(OURS(a, b));
    count++;
  }
  printf("%d of %d\\n", wrong, count);
}
`;

test.each([
  ['double', 'uint64_t', 'divdf3'],
  ['float', 'uint32_t', 'divsf3'],
])('division of a %s in software gives what this processor gives', (type, bits, name) => {
  const folder = scratch();
  writeFileSync(join(folder, 'main.c'), program);
  const [ours, words] = [join(device, 'toolchain/division.c'), [`-DTYPE=${type}`, `-DBITS=${bits}`]];
  run('gcc', ['-O2', '-c', `-D${name}`, `-D__${name}=ours`, ours, '-o', join(folder, 'ours.o')]);
  run('gcc', [
    '-w',
    '-O2',
    ...words,
    '-DOURS=ours',
    join(folder, 'main.c'),
    join(folder, 'ours.o'),
    '-o',
    join(folder, 'all'),
  ]);
  expect(run(join(folder, 'all'), [])).toBe('0 of 160000\n');
});
