import * as fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../test/support/random.ts';
import { unxzBlock } from './unxz-block.ts';

/** The decoder of single blocks before the `xz` program. */

function xz(content: Uint8Array, ...args: string[]): Buffer {
  return execFileSync('xz', ['--format=xz', '--stdout', ...args], { input: content, maxBuffer: 2 ** 26 });
}

const program = readFileSync(process.execPath).subarray(2 ** 22, 2 ** 22 + 60_000);

describe.each([
  ['CRC32', ['--check=crc32']],
  ['SHA-256', ['--check=sha256']],
  ['no check and other bits', ['--check=none', '--lzma2=preset=9e,lc=1,lp=3,pb=0']],
  ['x86', ['--check=crc32', '--x86', '--lzma2=preset=6']],
  ['powerpc', ['--check=crc32', '--powerpc', '--lzma2=preset=6']],
  ['arm', ['--check=crc32', '--arm', '--lzma2=preset=6']],
  ['arm-thumb', ['--check=crc32', '--armthumb', '--lzma2=preset=6']],
  ['sparc', ['--check=crc32', '--sparc', '--lzma2=preset=6']],
])('%s', (_title, args) => {
  test('a part of a program', () => {
    expect(Buffer.compare(unxzBlock(xz(program, ...args), program.length), program)).toBe(0);
  });

  test('jumps and calls of every kind, close together', () => {
    const random = seededRandom(5);
    // What the filters look for, and bytes of signs around it.
    const bytes = [0xe8, 0xe9, 0x00, 0xff, 0xeb, 0x48, 0x01, 0x40, 0x7f, 0xf0, 0xf8, 0x12];
    const content = Uint8Array.from({ length: 8000 }, () => bytes[Math.floor(random() * bytes.length)] ?? 0);
    expect(Buffer.compare(unxzBlock(xz(content, ...args), content.length), content)).toBe(0);
  });
});

test('any content', () => {
  const content = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 3000 }),
    fc
      .array(fc.constantFrom('a', 'ab', 'kilopy', '\0\0\0'), { minLength: 1, maxLength: 2000 })
      .map((all) => Buffer.from(all.join(''))),
  );
  fc.assert(
    fc.property(content, (bytes) => {
      expect(Buffer.compare(unxzBlock(xz(bytes, '--check=crc32', '-0'), bytes.length), bytes)).toBe(0);
    }),
    { numRuns: 20 },
  );
});

test('content that is longer than the limit, damage and other filters are errors', () => {
  const content = Buffer.alloc(10_000, 'kilopy is small ');
  const packed = xz(content, '--check=crc32');
  expect(() => unxzBlock(packed, 9999)).toThrow(/too long/u);
  expect(() => unxzBlock(xz(content, '--ia64', '--lzma2'), 10_000)).toThrow(/filter 6 is not known/u);
  const random = seededRandom(3);
  for (let i = 0; i < 500; i++) {
    const bytes = Buffer.from(packed);
    const at = Math.floor(random() * (packed.length - 40));
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    const cut = i % 2 === 0 ? bytes : packed.subarray(0, at);
    expect(() => unxzBlock(cut, 10_000)).toThrow(expect.objectContaining({ name: 'KilopyError' }) as Error);
  }
});
