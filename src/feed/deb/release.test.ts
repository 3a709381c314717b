import { expect, test } from 'vitest';
import type { Verified } from '../../values/verified.ts';
import { checkSuite, checkValidity, parseRelease, type DebRelease } from './release.ts';

const hash = 'ab'.repeat(32);
const text = `Origin: Debian
Suite: stable-security
Codename: trixie-security
Date: Sat, 21 Nov 2026 00:53:03 UTC
Valid-Until: Sat, 28 Nov 2026 00:53:03 UTC
Acquire-By-Hash: yes
Architectures: all amd64 arm64
MD5Sum:
 d41d8cd98f00b204e9800998ecf8427e 0 main/binary-amd64/Packages
SHA256:
 ${hash}        0 main/binary-amd64/Packages
 ${hash.toUpperCase()} 9678380 ./main/binary-amd64/Packages.xz
`;

function parse(changed: string): DebRelease {
  return parseRelease(changed as Verified<string>, 'http://m/InRelease');
}

test('the fields of a Release', () => {
  const release = parse(text);
  expect(release).toMatchObject({
    suite: 'stable-security',
    codename: 'trixie-security',
    dateMs: Date.UTC(2026, 10, 21, 0, 53, 3),
    validUntilMs: Date.UTC(2026, 10, 28, 0, 53, 3),
    acquireByHash: true,
    architectures: ['all', 'amd64', 'arm64'],
    hasSeparateAll: true,
  });
  expect([...release.files]).toEqual([
    ['main/binary-amd64/Packages', { digest: `sha256:${hash}`, sizeBytes: 0 }],
    ['main/binary-amd64/Packages.xz', { digest: `sha256:${hash}`, sizeBytes: 9_678_380 }],
  ]);
  expect(parse(`No-Support-for-Architecture-all: Packages\n${text}`).hasSeparateAll).toBe(false);
  expect(parse(`SHA256:\n`)).toMatchObject({ suite: undefined, validUntilMs: undefined, acquireByHash: false });
});

test.each([
  ['no SHA256', text.replace('SHA256:', 'SHA1:')],
  ['nothing', ''],
  ['two paragraphs', `A: b\n\n${text}`],
  ['a digest cut short', text.replace(hash, hash.slice(1))],
  ['a size that is no number', text.replace(' 9678380 ', ' -1 ')],
  ['a line without a path', text.replace(' ./main/binary-amd64/Packages.xz', '')],
  ['an expiry that cannot be read', text.replace('28 Nov', '28 Foo')],
  ['an expiry without a zone', text.replace('28 Nov 2026 00:53:03 UTC', '28 Nov 2026 00:53:03')],
])('refuses %s', (_, changed) => {
  expect(() => parse(changed)).toThrow(expect.objectContaining({ code: 'KP5050' }));
});

test.each(['trixie-security', 'stable-security', 'trixie-security/updates', './'])('it is the one of %j', (suite) => {
  expect(() => checkSuite(parse(text), suite, 'http://m/InRelease')).not.toThrow();
});

test.each(['trixie', 'trixie-updates', ''])('it is not the one of %j', (suite) => {
  expect(() => checkSuite(parse(text), suite, 'http://m/InRelease')).toThrow(
    expect.objectContaining({ code: 'KP5052' }),
  );
});

function check(nowMs: number): void {
  checkValidity(parse(text), 'trixie-security', 'debian', nowMs, 'http://m');
}

test('expiry is to the second, and names the switch', () => {
  const until = Date.UTC(2026, 10, 28, 0, 53, 3);
  expect(() => check(until)).not.toThrow();
  expect(() => check(until + 1)).toThrow(
    expect.objectContaining({ code: 'KP5051', fix: expect.stringMatching(/allowExpired/u) as string }),
  );
  expect(() => checkValidity(parse('SHA256:\n'), 'x', 'debian', Number.MAX_SAFE_INTEGER, 'http://m')).not.toThrow();
});
