import { describe, expect, test } from 'vitest';
import { trustAnyway } from '../../crypto/verdict.ts';
import { parseApkIndex, type ApkIndexPackage } from './parse-index.ts';

const origin = { feed: 'f', folder: 'https://x/y', where: 'APKINDEX', architecture: 'x86_64', maxPackages: 3 };
const start = `C:Q1${Buffer.alloc(20, 1).toString('base64')}\nP:a\nV:1-r0\n`;

function parse(text: string): ApkIndexPackage[] {
  return parseApkIndex(trustAnyway(text, 'a test').value, origin);
}

describe('the text of an APKINDEX', () => {
  test('an entry with everything that decides', () => {
    const text = `${start}A:x86_64\nS:10\nI:20\nT:text\nL:MIT\no:src\nk:7\nD:b !c>1\np:d=1\np:e\ni:f g\n\n`;
    expect(parse(text)).toEqual([
      expect.objectContaining({
        name: 'a',
        version: '1-r0',
        identity: '01'.repeat(20),
        sizeBytes: 10,
        installedSizeBytes: 20,
        origin: 'src',
        providerPriority: 7,
        mentions: 'PDpi',
        path: 'a-1-r0.apk',
        unusable: undefined,
      }),
    ]);
    const [{ depends, provides, installIf }] = parse(text) as [ApkIndexPackage];
    expect(depends).toMatchObject([
      { name: 'b', operator: '', negative: false },
      { name: 'c', operator: '>', version: '1', negative: true },
    ]);
    expect(provides.map(({ name }) => name)).toEqual(['d', 'e']);
    expect(installIf.map(({ name }) => name)).toEqual(['f', 'g']);
  });

  test.each([
    ['of another architecture', 'A:mips\n', /for mips, not for x86_64/u],
    ['with a field of the future', 'X:1\n', /newer apk/u],
    ['with a dependency that cannot be read', 'D:b@tag\n', /"b@tag"/u],
    ['with a version that is none', 'D:b=x\n', /"b=x"/u],
  ])('a package %s is kept and unusable', (_, lines, why) => {
    expect(parse(`${start}${lines}`)[0]?.unusable).toMatch(why);
  });

  test('of an install_if with a fault nothing is used', () => {
    expect(parse(`${start}i:b c@t\n`)[0]).toMatchObject({ installIf: [], unusable: undefined });
  });

  test.each([
    ['no colon', `${start}nonsense\n`],
    ['no checksum', 'P:a\nV:1\n\n'],
    ['a checksum that is none', 'C:Q1abc\nP:a\nV:1\n\n'],
    ['no version', `C:Q1${Buffer.alloc(20).toString('base64')}\nP:a\n\n`],
    ['too many packages', `${start}\n${start}\n${start}\n${start}\n`],
  ])('%s is an error with its line', (_, text) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: 'KP5070', where: expect.stringMatching(/line \d/u) }),
    );
  });
});
