import { expect, test } from 'vitest';
import { parseOwnSource } from './own-sources.ts';

const hash = 'ab'.repeat(32);

test('a source is a name, a URL with a version and its hash', () => {
  const url = 'https://example.org/releases/micropython-1.26.1.tar.xz';
  expect(parseOwnSource(`micropython=${url}#sha256=${hash.toUpperCase()}`)).toEqual({
    name: 'micropython',
    url,
    sha256: hash,
    version: '1.26.1',
  });
});

test.each([
  [`musl=https://example.org/musl-1.2.6.tar.gz#sha256=${hash}`, 'sources are micropython and mbedtls'],
  [`micropython=ftp://example.org/m-1.0.tar.gz#sha256=${hash}`, 'no http or https URL'],
  ['micropython=https://example.org/m-1.0.tar.gz', 'SHA-256 is not known'],
  ['micropython=https://example.org/m-1.0.tar.gz#sha256=abc', 'SHA-256 is not known'],
  [`micropython=https://example.org/latest.tar.gz#sha256=${hash}`, 'has no version'],
  [`micropython=https://example.org/m-1.0.zip#sha256=${hash}`, 'has no version'],
])('%s is refused', (text, why) => {
  expect(() => parseOwnSource(text)).toThrow(
    expect.objectContaining({ code: 'KP1001', why: expect.stringContaining(why) as unknown }),
  );
});
