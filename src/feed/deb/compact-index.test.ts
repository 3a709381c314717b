import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultLimits } from '../../io/limits.ts';
import { mentionOrder } from '../../solve/deb/mention-order.ts';
import { openCompactIndex, type CompactIndex } from './compact-index.ts';
import { indexFields } from './index-fields.ts';
import { indexPackage } from './index-package.ts';
import { makeCompactIndex } from './make-compact-index.ts';
import { mentionRank } from './mention-rank.ts';

async function* cut(bytes: Uint8Array, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += sizeBytes) yield bytes.slice(start, start + sizeBytes);
}

async function make(
  text: string | Uint8Array,
  sizeBytes: number = 2 ** 16,
  limits = defaultLimits,
): Promise<CompactIndex> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const index = openCompactIndex(await makeCompactIndex(cut(bytes, sizeBytes), limits, 'Packages'));
  if (index === undefined) throw new Error('not an index');
  return index;
}

const name = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{0,6}$/u);
const relation = fc
  .tuple(name, fc.constantFrom('', ':any', ':amd64'), fc.constantFrom('', ' (>= 1)', '(<< 2:3~)', ' ( = 1-1 )'))
  .map((parts) => parts.join(''));
const relations = fc.array(fc.array(relation, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 });
const paragraph = fc.record(
  {
    Package: name,
    Version: fc.constantFrom('1', '2-1'),
    Architecture: fc.constantFrom('amd64', 'all'),
    Maintainer: fc.constant('Someone ö <a@b>'),
    Description: fc.constant('short\n longer: text\n .\n end'),
    Depends: relations.map((all) => all.map((alternatives) => alternatives.join(' | ')).join(',\n ')),
    'Pre-Depends': relations.map((all) => all.map((alternatives) => alternatives.join('|')).join(', ')),
    Recommends: relations.map((all) => all.map((alternatives) => alternatives.join('|')).join(', ')),
    Conflicts: fc.array(relation, { minLength: 1, maxLength: 3 }).map((all) => all.join(', ')),
    Provides: fc.array(name, { minLength: 1, maxLength: 4 }).map((all) => all.join(', ')),
    SHA256: fc.constant('a'.repeat(64)),
  },
  { requiredKeys: ['Package', 'Version', 'Architecture'] },
);

function written(paragraphs: readonly Record<string, string | undefined>[]): string {
  return paragraphs
    .map(
      (fields) =>
        `${Object.entries(fields)
          .map(([field, value]) => `${field}: ${String(value)}\n`)
          .join('')}\n`,
    )
    .join('');
}

test('every package is found by its name and by what it provides, whatever the pieces', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(paragraph, { maxLength: 12 }), fc.integer({ min: 1, max: 200 }), async (all, size) => {
      const index = await make(written(all), size);
      expect(index.recordCount).toBe(all.length);
      expect([...index.names()]).toEqual([...new Set(all.map((one) => one.Package))].sort());
      for (const [id, one] of all.entries()) {
        const record = index.record(id);
        for (const [field, value] of Object.entries(one)) {
          if (!(field.toLowerCase() in indexFields)) continue;
          expect(record.get(field.toLowerCase() as 'package')).toBe(value.replaceAll('\n', ''));
        }
        expect(index.named(one.Package)).toContain(id);
        for (const provided of one.Provides?.split(', ') ?? []) expect(index.providing(provided)).toContain(id);
      }
      expect(index.named('not-there-at-all')).toEqual([]);
      const found = [...index.names()].flatMap((each) => index.named(each));
      expect(found.sort((a, b) => a - b)).toEqual(all.map((_, id) => id));
    }),
    { numRuns: 150 },
  );
});

test('names are mentioned in the order that the solver knows', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(paragraph, { maxLength: 8 }), fc.array(name, { maxLength: 3 }), async (all, others) => {
      const index = await make(written(all));
      const origin = { feed: 'f', suite: 's', archive: 'http://a' };
      const expected = mentionOrder(all.map((_, id) => indexPackage(index.record(id), origin)));
      const rank = mentionRank([index]);
      const asked = [...others, ...all.flatMap((one) => one.Provides?.split(', ') ?? []), ...index.names()];
      expect(asked.map(rank)).toEqual(asked.map(expected));
    }),
    { numRuns: 150 },
  );
});

const minimal = 'Package: a\nVersion: 1\nArchitecture: all\n';

test.each([
  ['blank lines with blanks in them', ` \n\t\n${minimal}  \n${minimal.replace('a\n', 'b\n')}`, ['a', 'b']],
  ['no newline at the end', minimal.trimEnd(), ['a']],
  ['names in any case', minimal.replace('Package', 'PACKAGE'), ['a']],
  ['line ends of Windows', minimal.replaceAll('\n', '\r\n'), ['a']],
  ['nothing', '', []],
])('%s', async (_, text, names) => {
  expect([...(await make(text)).names()]).toEqual(names);
});

test.each([
  ['a paragraph without a version', 'Package: a\nArchitecture: all\n\n', 3],
  ['a field twice', `${minimal}version: 2\n`, 4],
  ['a line that is no field', `${minimal}what\n`, 4],
  ['an empty field name', `${minimal}: x\n`, 4],
  ['a continued line at the start', ` x\n${minimal}`, 1],
  ['a web page', '<!doctype html>\n<title>x</title>\n', 1],
])('refuses %s with the line', async (_, text, line) => {
  await expect(make(text)).rejects.toThrow(
    expect.objectContaining({ code: 'KP5054', where: { file: 'Packages', line } }),
  );
});

test('an endless line is not collected', async () => {
  let given = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (; given < 64; given += 1) yield Buffer.alloc(2 ** 20, 0x41);
  }
  await expect(makeCompactIndex(endless(), defaultLimits, 'Packages')).rejects.toThrow(
    expect.objectContaining({ code: 'KP5054' }),
  );
  expect(given).toBeLessThan(8);
});

test('more packages than the limit are not collected', async () => {
  let given = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (; given < 100_000; given += 1) yield Buffer.from(`${minimal}\n`);
  }
  await expect(makeCompactIndex(endless(), { ...defaultLimits, entries: 1000 }, 'Packages')).rejects.toThrow(
    expect.objectContaining({ code: 'KP5055', data: { limit: 1000 } }),
  );
  expect(given).toBe(1000);
});

test('bytes that are no whole index of this form are not opened', async () => {
  const bytes = await makeCompactIndex(cut(Buffer.from(minimal), 10), defaultLimits, 'Packages');
  expect(openCompactIndex(bytes)).toBeDefined();
  for (const length of [0, 7, 40, bytes.length - 1])
    expect(openCompactIndex(bytes.subarray(0, length))).toBeUndefined();
  expect(openCompactIndex(Buffer.concat([bytes, Buffer.of(0)]))).toBeUndefined();
});

test('a package of the index has its source, and Protected under both names', async () => {
  const index = await make(
    written([
      { Package: 'a', Version: '1+b1', Architecture: 'amd64', Source: 'src (1)', Important: 'yes', Essential: 'yes' },
      { Package: 'b', Version: '1', Architecture: 'all', Source: 'src', Protected: 'yes', 'Multi-Arch': 'foreign' },
      { Package: 'c', Version: '1', Architecture: 'all', Size: 'big' },
    ]),
  );
  const origin = { feed: 'f', suite: 's', archive: 'http://a' };
  const [a, b, c] = [0, 1, 2].map((id) => indexPackage(index.record(id), origin));
  expect(a).toMatchObject({ source: 'src', sourceVersion: '1', protected: true, essential: true, multiArch: 'no' });
  expect(b).toMatchObject({
    source: 'src',
    sourceVersion: '1',
    protected: true,
    essential: false,
    multiArch: 'foreign',
  });
  expect(c).toMatchObject({ source: 'c', sourceVersion: '1', protected: false, filename: '', sizeBytes: -1 });
});
