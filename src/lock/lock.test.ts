import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatLocation, KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { nodeFileSystem, type FileSystem } from '../io/file-system.ts';
import { diffLock, formatLockChanges } from './diff-lock.ts';
import { formatLock } from './format-lock.ts';
import { jsonPlaces } from './json-places.ts';
import { chooseSection, lockMatches, type LockMode } from './lock-matches.ts';
import { formatReason, lockPackages } from './lock-packages.ts';
import { emptyLock, formatLockKey, withSection, type Lock, type LockPackage, type LockSection } from './lock.ts';
import { parseLock } from './parse-lock.ts';
import { readLock } from './read-lock.ts';
import { writeLock } from './write-lock.ts';

const libc: LockPackage = {
  name: 'libc6',
  version: '2.41-12',
  architecture: 'amd64',
  feed: 'debian',
  path: 'pool/main/g/glibc/libc6_2.41-12_amd64.deb',
  sizeBytes: 2_800_000,
  sha256: 'a'.repeat(64),
  reason: 'micropython Depends: libc6 (>= 2.38)',
};
const micropython: LockPackage = {
  ...libc,
  name: 'micropython',
  version: '1.25.0+ds-1',
  path: 'pool/m/mp.deb',
  sha256: 'b'.repeat(64),
};
const section: LockSection = {
  base: 'debian',
  release: 'trixie',
  target: 'linux/amd64',
  wishes: ['micropython', 'tzdata'],
  settings: { components: 'main' },
  sources: [
    {
      archive: 'debian',
      path: 'dists/trixie/InRelease',
      date: '2026-01-10T09:00:00Z',
      digest: `sha256:${'c'.repeat(64)}`,
      trust: 'A'.repeat(40),
    },
  ],
  packages: [libc, micropython],
  measured: { runtime: 1, app: 2 },
};
const lock: Lock = withSection(emptyLock, section);
const text = formatLock(lock);

function context(cwd: string, fs: Partial<FileSystem> = {}): Context {
  return { fs: { ...nodeFileSystem, ...fs }, cwd } as Context;
}

function caught(work: () => unknown): KilopyError {
  try {
    work();
  } catch (error) {
    if (error instanceof KilopyError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('the text has one package a line and ends with a newline', () => {
  expect(text.split('\n').filter((line) => line.includes('"sha256"'))).toHaveLength(2);
  expect(text).toMatch(/\}\n$/);
  expect(JSON.parse(text)).toEqual(lock);
});

test('sections are in one order, whatever the order of adding', () => {
  const arm = { ...section, target: 'linux/arm64' };
  const sid = { ...section, release: 'sid' };
  const orders = [
    [section, arm, sid],
    [sid, arm, section],
    [arm, section, sid, section],
  ];
  const texts = orders.map((order) => formatLock(order.reduce(withSection, emptyLock)));
  expect(new Set(texts).size).toBe(1);
  expect(parseLock(texts[0]!, 'kilopy.lock').sections.map(formatLockKey)).toEqual([
    'debian sid linux/amd64',
    'debian trixie linux/amd64',
    'debian trixie linux/arm64',
  ]);
});

test('reading gives back what was written (property)', () => {
  const word = fc.string({ minLength: 1, unit: 'grapheme' });
  const hex = fc.string({ minLength: 64, maxLength: 64, unit: fc.constantFrom('0', '1', '7', '9', 'a', 'c', 'f') });
  const row = fc.record({
    name: word,
    version: word,
    architecture: word,
    feed: word,
    path: fc.constantFrom('a/b.deb', 'pool/main/x_1%3a2~3+b1.deb'),
    sizeBytes: fc.nat(),
    sha256: hex,
    reason: word,
  });
  const one = fc.record({
    base: word,
    release: word,
    target: word,
    wishes: fc.array(word),
    settings: fc.dictionary(
      word.filter((key) => key !== '__proto__'),
      word,
    ),
    sources: fc.constant(section.sources),
    packages: fc.array(row, { maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 3 }), (sections) => {
      const made = sections.reduce<Lock>(withSection, emptyLock);
      const written = formatLock(made);
      expect(parseLock(written, 'kilopy.lock')).toEqual(made);
      expect(formatLock(parseLock(written, 'kilopy.lock'))).toBe(written);
    }),
    { numRuns: 100 },
  );
});

test.each([
  ['empty file', () => '', 'KP5603', ':1:1'],
  ['cut off', (good: string) => good.slice(0, good.indexOf('"wishes"')), 'KP5603', ':8:7'],
  ['missing comma', (good: string) => good.replace('"version": 1,', '"version": 1'), 'KP5603', ':3:3'],
  ['trailing comma', (good: string) => good.replace('}\n      ],', '},\n      ],'), 'KP5603', ':12:7'],
  ['text behind', (good: string) => `${good}x`, 'KP5603', ':21:1'],
  [
    'conflict',
    (good: string) => good.replace('  "sections"', '<<<<<<< HEAD\n=======\n>>>>>>> x\n  "sections"'),
    'KP5604',
    ':3:1',
  ],
  ['newer version', (good: string) => good.replace('"version": 1', '"version": 2'), 'KP5605', ''],
  ['no version', (good: string) => good.replace('"version": 1', '"version": "1"'), 'KP5603', ':2:14'],
  ['short hash', (good: string) => good.replace('a'.repeat(64), 'a'.repeat(63)), 'KP5603', ':14'],
  ['upper-case hash', (good: string) => good.replace('b'.repeat(64), 'B'.repeat(64)), 'KP5603', ':15'],
  ['size as text', (good: string) => good.replace('2800000', '"2800000"'), 'KP5603', ':14'],
  ['negative size', (good: string) => good.replace('2800000', '-1'), 'KP5603', ':14'],
  ['path upwards', (good: string) => good.replace('pool/main', 'pool/../..'), 'KP5603', ':14'],
  ['path upwards, escaped', (good: string) => good.replace('pool/main', 'pool/%2E%2e'), 'KP5603', ':14'],
  ['absolute path', (good: string) => good.replace('pool/main', '/pool'), 'KP5603', ':14'],
  ['a URL as path', (good: string) => good.replace('pool/main', 'https://example.org'), 'KP5603', ':14'],
  ['unknown key', (good: string) => good.replace('"feed"', '"mirror": "x", "feed"'), 'KP5603', ':14'],
  ['missing key', (good: string) => good.replace('"release": "trixie",', ''), 'KP5603', ':4:5'],
  ['bad digest', (good: string) => good.replace('sha256:c', 'sha1:c'), 'KP5603', ':11'],
  ['not an object', () => '[]', 'KP5603', ':1:1'],
  ['sections twice', () => formatLock({ ...lock, sections: [section, section] }), 'KP5603', ''],
])('a damaged lock: %s', (_name, damage, code, place) => {
  const error = caught(() => parseLock(damage(text), 'kilopy.lock'));
  expect(error.code).toBe(code);
  expect(`${formatLocation(error.where!)}:`.slice(0, `kilopy.lock${place}:`.length)).toBe(`kilopy.lock${place}:`);
});

test('every truncation is an error, never a shorter lock', () => {
  for (let end = 0; end < text.trimEnd().length; end += 1) {
    expect(caught(() => parseLock(text.slice(0, end), 'kilopy.lock')).code).toBe('KP5603');
  }
});

test('the scanner accepts what JSON.parse accepts (property)', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(jsonPlaces(json).error).toBeUndefined();
    }),
  );
});

const asked = { components: 'main' };
test.each<[string, LockMode, Lock | undefined, readonly string[], Readonly<Record<string, string>>, string]>([
  ['same', 'keep', lock, ['micropython', 'tzdata'], asked, 'section'],
  ['same, other order', 'locked', lock, ['tzdata', 'micropython'], asked, 'section'],
  ['update', 'update', lock, ['micropython'], asked, 'solve'],
  ['no lock', 'keep', undefined, ['micropython'], asked, 'solve'],
  ['no lock, locked', 'locked', undefined, ['micropython'], asked, 'KP5602'],
  ['one wish more', 'keep', lock, ['micropython', 'tzdata', 'x'], asked, 'KP5601'],
  ['one wish less', 'locked', lock, ['micropython'], asked, 'KP5601'],
  ['a snapshot', 'keep', lock, ['micropython', 'tzdata'], { ...asked, snapshot: '20260131T000000Z' }, 'KP5601'],
])('choosing a section: %s', (_name, mode, given, wishes, settings, expected) => {
  const question = { lock: given, key: section, wishes, settings, mode, file: 'kilopy.lock' };
  expect(outcome(() => chooseSection(question))).toBe(expected);
});

function outcome(work: () => LockSection | undefined): string {
  try {
    return work() === undefined ? 'solve' : 'section';
  } catch (error) {
    return (error as KilopyError).code;
  }
}

test('another target is added in keep and refused in locked', () => {
  const question = {
    lock,
    key: { ...section, target: 'linux/arm64' },
    wishes: ['micropython'],
    settings: asked,
    file: 'kilopy.lock',
  };
  expect(chooseSection({ ...question, mode: 'keep' })).toBeUndefined();
  expect(caught(() => chooseSection({ ...question, mode: 'locked' })).code).toBe('KP5602');
});

test('differences are spelled out', () => {
  expect(lockMatches(lock, section, ['micropython', 'curl'], {})).toMatchObject({
    kind: 'differs',
    differences: [
      'asked for and not locked: curl',
      'locked and not asked for: tzdata',
      'components is not set, and was main',
    ],
  });
});

test('diff: added, removed, changed, moved, other bytes; measured and reasons do not count', () => {
  const change = (packages: readonly LockPackage[]): string =>
    formatLockChanges(diffLock(lock, withSection(lock, { ...section, measured: { app: 9 }, packages })));
  const start = 'debian trixie linux/amd64: ';
  expect(change([{ ...libc, reason: 'other' }, micropython])).toBe('');
  expect(change([libc])).toBe(`${start}- micropython 1.25.0+ds-1\n`);
  expect(change([libc, micropython, { ...libc, name: 'zlib1g', version: '1.3', sizeBytes: 7 }])).toBe(
    `${start}+ zlib1g 1.3 (7 B)\n`,
  );
  expect(change([{ ...libc, version: '2.42-1', sizeBytes: 5 }, micropython])).toBe(
    `${start}libc6 2.41-12 -> 2.42-1 (2800000 -> 5 B)\n`,
  );
  expect(change([{ ...libc, sha256: 'd'.repeat(64) }, micropython])).toContain('other bytes under the same version');
  expect(change([{ ...libc, feed: 'debian-security' }, micropython])).toContain('moved to debian-security/pool');
  expect(formatLockChanges(diffLock(emptyLock, lock))).toBe(`${start}new\n`);
  expect(formatLockChanges(diffLock(lock, emptyLock))).toBe(`${start}gone\n`);
});

test('a plan becomes rows in its order', () => {
  const one = { name: 'micropython', version: '1', architecture: 'amd64', feed: 'debian' };
  const two = { ...one, name: 'libffi8' };
  const rows = lockPackages(
    {
      steps: [
        { package: two, reason: { kind: 'depends', by: one, dependency: 'libffi8 (>= 3.4)', field: 'Depends' } },
        {
          package: one,
          reason: { kind: 'wish', wish: { text: 'micropython', where: { file: 'kilopy.yaml', line: 3 } } },
        },
      ],
    },
    ({ name }) => ({ path: `${name}.deb`, sizeBytes: 1, sha256: 'e'.repeat(64) }),
  );
  expect(rows.map(({ name, reason, path }) => [name, reason, path])).toEqual([
    ['libffi8', 'micropython Depends: libffi8 (>= 3.4)', 'libffi8.deb'],
    ['micropython', 'asked for: micropython', 'micropython.deb'],
  ]);
  expect(formatReason({ kind: 'install-if', triggers: [one, two] })).toBe('comes with micropython and libffi8');
});

test('writing and reading a file; nothing is touched when nothing changes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kilopy-lock-'));
  const ctx = context(folder);
  expect(await readLock(ctx, 'kilopy.lock')).toBeUndefined();
  expect(await writeLock(ctx, 'kilopy.lock', lock)).toBe(true);
  const inode = statSync(join(folder, 'kilopy.lock')).ino;
  expect(await writeLock(ctx, 'kilopy.lock', lock)).toBe(false);
  expect(statSync(join(folder, 'kilopy.lock')).ino).toBe(inode);
  expect(await readLock(ctx, 'kilopy.lock')).toEqual(lock);
  writeFileSync(join(folder, 'kilopy.lock'), Buffer.from([0xff, 0xfe]));
  await expect(readLock(ctx, 'kilopy.lock')).rejects.toMatchObject({ code: 'KP5603' });
});

test('a lock in a read-only folder is used, and an error when it would change', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kilopy-lock-'));
  await writeLock(context(folder), 'kilopy.lock', lock);
  const readOnly = context(folder, {
    writeAtomic: () => Promise.reject(Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' })),
  });
  expect(await writeLock(readOnly, 'kilopy.lock', lock)).toBe(false);
  expect(await writeLock(readOnly, 'kilopy.lock', withSection(lock, { ...section, measured: { app: 3 } }))).toBe(false);
  const other = withSection(lock, { ...section, packages: [libc] });
  await expect(writeLock(readOnly, 'kilopy.lock', other)).rejects.toMatchObject({ code: 'KP5606', exitCode: 2 });
  expect(readFileSync(join(folder, 'kilopy.lock'), 'utf8')).toBe(text);
});
