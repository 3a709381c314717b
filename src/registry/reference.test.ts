import { expect, test } from 'vitest';
import type { KilopyError } from '../errors/kilopy-error.ts';
import { formatReference, manifestName, parseReference } from './reference.ts';

const hex = 'a'.repeat(64);

test.each([
  ['alpine', 'docker.io/library/alpine', 'latest'],
  ['alpine:3.24', 'docker.io/library/alpine:3.24', '3.24'],
  ['me/http', 'docker.io/me/http', 'latest'],
  ['docker.io/alpine', 'docker.io/library/alpine', 'latest'],
  ['index.docker.io/me/http:1', 'docker.io/me/http:1', '1'],
  ['registry-1.docker.io/library/alpine', 'docker.io/library/alpine', 'latest'],
  ['ghcr.io/me/http:v1.2_3', 'ghcr.io/me/http:v1.2_3', 'v1.2_3'],
  ['localhost/x', 'localhost/x', 'latest'],
  ['localhost:5000/x:y', 'localhost:5000/x:y', 'y'],
  ['127.0.0.1:5000/me/http:1.2', '127.0.0.1:5000/me/http:1.2', '1.2'],
  ['[::1]:5000/a/b/c', '[::1]:5000/a/b/c', 'latest'],
  ['docker://ghcr.io/me/x', 'ghcr.io/me/x', 'latest'],
  [`gcr.io/distroless/base-debian13@sha256:${hex}`, `gcr.io/distroless/base-debian13@sha256:${hex}`, `sha256:${hex}`],
  [`a.b/c:1@sha256:${hex}`, `a.b/c:1@sha256:${hex}`, `sha256:${hex}`],
  ['a/b__c.d-e--f', 'docker.io/a/b__c.d-e--f', 'latest'],
])('%s', (text, full, name) => {
  const reference = parseReference(text);
  expect([formatReference(reference), manifestName(reference)]).toEqual([full, name]);
  expect(parseReference(full)).toEqual(reference);
});

test.each([
  ['', 'empty', 'ghcr.io/me/hello:1'],
  ['ghcr.io/me/ http', 'space', 'write ghcr.io/me/http'],
  ['https://ghcr.io/me/http', 'https://', 'write ghcr.io/me/http'],
  ['ghcr.io/Me/http', 'capital letters', 'write ghcr.io/me/http'],
  ['Me/http', 'capital letters', 'write me/http'],
  ['ghcr.io/me/http:', 'tag behind the colon is missing', 'ghcr.io/me/http:latest'],
  ['ghcr.io/me/http:1:2', 'two tags, 1 and 2', 'write ghcr.io/me/http:1'],
  ['ghcr.io/me/http:1:', 'colon without a tag', 'write ghcr.io/me/http:1'],
  ['ghcr.io/me/http:-x', 'cannot be a tag', 'tags have'],
  [`x:${'t'.repeat(129)}`, 'longer than 128', ''],
  ['ghcr.io//http', 'a part of the name is empty', 'one slash'],
  ['ghcr.io/', 'is missing', 'one slash'],
  ['ghcr.io/me/http/', 'a part of the name is empty', 'one slash'],
  ['ghcr.io/me/ht,tp', '"ht,tp" cannot be a part', 'names have'],
  ['ghcr.io/me:1/http', 'colon in the middle', 'tag at the end'],
  ['x@sha256:abc', '3 digits instead of 64', 'whole digest'],
  [`x@sha256:${hex.toUpperCase()}`, 'something else than 0-9 and a-f', ''],
  ['x@md5:abc', 'is no digest', '64 hexadecimal digits'],
  [`x@sha256:${hex}@sha256:${hex}`, 'several @', ''],
  ['127.0.0.1:99999/x', 'larger than 65535', ''],
  ['a..b:x/y', 'no name of a host|colon', ''],
])('"%s" is refused with a reason', (text, why, fix) => {
  const error = refusalOf(text);
  expect(error.code).toBe('KP6101');
  expect(error.why).toMatch(new RegExp(why, 'u'));
  expect(error.fix ?? '').toContain(fix);
});

function refusalOf(text: string): KilopyError {
  try {
    parseReference(text);
  } catch (error) {
    return error as KilopyError;
  }
  throw new Error(`${text} was taken`);
}
