import { expect, test } from 'vitest';
import { createHasher, digestOfHex, hexOf, isDigest, sha256 } from './digest.ts';
import { trustAnyway, verifiedByDigest, verifiedBySignature } from './verdict.ts';

/** FIPS 180-4, examples. */
const known = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
] as const;

test.each(known)('SHA-256 of %j', (text, hex) => {
  expect(sha256(text)).toBe(`sha256:${hex}`);
  const hasher = createHasher();
  for (const letter of text) hasher.update(Buffer.from(letter));
  expect(hasher.digest()).toBe(`sha256:${hex}`);
  expect(hasher.sizeBytes).toBe(text.length);
  expect(hexOf(sha256(text))).toBe(hex);
});

test('a hasher goes on after it was asked', () => {
  const hasher = createHasher();
  hasher.update(Buffer.from('ab'));
  expect(hasher.digest()).toBe(sha256('ab'));
  hasher.update(Buffer.from('c'));
  expect(hasher.digest()).toBe(sha256('abc'));
});

test.each(['', 'sha256:', `sha256:${'0'.repeat(63)}`, `sha256:${'A'.repeat(64)}`, `sha256:${'0'.repeat(64)}/../x`])(
  '%j is no digest',
  (text) => {
    expect(isDigest(text)).toBe(false);
    expect(() => digestOfHex(text.replace('sha256:', ''))).toThrow('not a SHA-256');
  },
);

test('verdicts', () => {
  const bytes = Buffer.from('abc');
  expect(isDigest(sha256(bytes))).toBe(true);
  expect(verifiedByDigest(bytes, sha256('abc'))).toEqual({
    value: bytes,
    verdict: { kind: 'digest', digest: sha256('abc') },
  });
  expect(() => verifiedByDigest(bytes, sha256('abd'), 'x.deb')).toThrow('x.deb does not have the announced SHA-256');
  expect(trustAnyway('t', 'trusted: false').verdict).toEqual({ kind: 'untrusted', why: 'trusted: false' });
  expect(verifiedBySignature('t', 'AB', 'me').verdict).toEqual({ kind: 'signature', keyId: 'AB', signer: 'me' });
});
