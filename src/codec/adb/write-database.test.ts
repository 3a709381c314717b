import { expect, test } from 'vitest';
import { array as arrayOf, assert, bigInt, letrec, oneof, property, uint8Array } from 'fast-check';
import { copyAdbValue } from '../../../test/support/copy-adb-value.ts';
import { dumpAdb } from './dump-adb.ts';
import { parseDependency } from './adb-dependency.ts';
import { readAdb } from './read-adb.ts';
import { schemas } from './adb-format.ts';
import { rootWord, viewAdb } from './adb-view.ts';
import { writeAdb } from './write-adb.ts';
import { writeDatabase, type AdbInput } from './write-database.ts';

const limits = { databaseBytes: 2 ** 20, totalBytes: 2 ** 24 };

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Values as they come back: absent ones at the end of objects and empty ones are gone. */
const { value } = letrec<{ value: AdbInput }>((tie) => ({
  value: oneof(
    { maxDepth: 4, withCrossShrink: true },
    bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    arrayOf(tie('value'), { minLength: 1, maxLength: 5 }).map((array) => ({ array })),
    arrayOf(tie('value'), { minLength: 1, maxLength: 5 }).map((items) => ({
      fields: Object.fromEntries(items.map((item, index) => [index + 1, item])),
    })),
  ),
}));

test('whatever is written is read back', () => {
  assert(
    property(value, (input) => {
      const view = viewAdb(writeDatabase(input).bytes);
      expect(copyAdbValue(view, rootWord(view))).toEqual(input);
    }),
    { numRuns: 300 },
  );
});

test.each([1, 255, 256, 65_535, 65_536])('bytes of length %i', (length) => {
  const content = Buffer.alloc(length, length);
  const view = viewAdb(writeDatabase({ array: [content, 1] }).bytes);
  const [first] = (copyAdbValue(view, rootWord(view)) as { array: Buffer[] }).array;
  expect(first!.equals(content)).toBe(true);
});

test('a unique value stands alone, where it is said to stand', () => {
  const zeros = new Uint8Array(20);
  const { bytes, uniqueAt } = writeDatabase({ fields: { 1: zeros, 3: { unique: zeros }, 4: zeros } });
  const changed = Buffer.from(bytes);
  changed.fill(7, uniqueAt[0], uniqueAt[0]! + 20);
  const view = viewAdb(changed);
  expect(copyAdbValue(view, rootWord(view))).toEqual({
    fields: { 1: Buffer.alloc(20), 2: undefined, 3: Buffer.alloc(20, 7), 4: Buffer.alloc(20) },
  });
});

test.each(['none', 'deflate'] as const)(
  'a file of several blocks, %s, and fields that nobody knows',
  async (compression) => {
    const info = { fields: { 1: 'x', 2: '1', 40: { array: ['later', 7] }, 41: 2 ** 40 } };
    const { bytes: database } = writeDatabase({ fields: { 1: info, 9: 'beyond' } });
    const signature = Buffer.alloc(30, 4);
    const data = [{ pathIndex: 1, fileIndex: 2, content: Buffer.from('content') }];
    const bytes = writeAdb({ schema: schemas.package, database, signatures: [signature], data }, compression);
    const lines: string[] = [];
    for await (const line of dumpAdb(await readAdb(once(bytes), limits), () => 'OK')) lines.push(line);
    expect(lines).toEqual([
      '#%SCHEMA: 676B6370',
      `# ADB block, size: ${String(database.length)}, compat: 0, ver: 0`,
      'info:',
      '  name: x',
      '  version: 1',
      '  # field 40: [0x6c61746572, 7]',
      '  # field 41: 1099511627776',
      '# field 9: 0x6265796f6e64',
      `# sig v04 h04 ${'04'.repeat(28)}: OK`,
      '# data block, size: 15',
    ]);
  },
);

test.each([
  ['musl', { name: 'musl' }],
  ['!musl', { name: 'musl', match: 23 }],
  ['so:libc.musl-x86_64.so.1=1', { name: 'so:libc.musl-x86_64.so.1', version: '1' }],
  ['a>=1~ab', { name: 'a', version: '1~ab', match: 5 }],
  ['a<=1', { name: 'a', version: '1', match: 3 }],
  ['a~1', { name: 'a', version: '1', match: 9 }],
  ['a>~1', { name: 'a', version: '1', match: 13 }],
  ['a><Q1abc=', { name: 'a', version: 'Q1abc=', match: 6 }],
  ['a><Q1abc', { name: 'a', version: 'Q1abc', match: 6 }],
  ['!a<2', { name: 'a', version: '2', match: 18 }],
  ['a=', undefined],
  ['', undefined],
  ['a b', undefined],
])('dependency %s', (text, expected) => {
  expect(parseDependency(text)).toEqual(expected);
});
