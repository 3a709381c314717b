import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeUsignKey } from '../../../test/support/opkg-repository.ts';
import { readUsignKey, signUsign } from '../../crypto/usign.ts';
import { createContext } from '../../io/create-context.ts';
import { opkgKeys, trustIndex } from './trust.ts';

const index = Buffer.from('Package: one\nVersion: 1\nArchitecture: all\n');
const signer = makeUsignKey();
const signature = signUsign(index, signer.secret);
const keys = [readUsignKey(signer.publicKey, 'signer')];
const stranger = [readUsignKey(makeUsignKey().publicKey, 'stranger')];

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kilopy-keys-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test.each([
  ['without a signature', index, undefined, keys, 'KP5107'],
  ['signed by a key that is not named', index, signature, stranger, 'KP5001'],
  ['without any key', index, signature, [], 'KP5001'],
  ['changed after it was signed', Buffer.concat([index, Buffer.from('\n')]), signature, keys, 'KP5002'],
  ['with a signature that is a web page', index, '<html>', keys, 'KP5101'],
  ['with a signature that is empty', index, '', keys, 'KP5101'],
] as const)('an index %s is not believed', (_, bytes, text, named, code) => {
  for (const form of [bytes, gzipSync(bytes)]) {
    expect(() => trustIndex(form, text, { keys: named }, 'Packages', 1000)).toThrow(
      expect.objectContaining({ code, exitCode: 5 }),
    );
  }
});

test('the signature is of the text, whether it came compressed or not; unpacked it is bounded', () => {
  for (const form of [index, gzipSync(index)]) {
    expect(Buffer.from(trustIndex(form, signature, { keys }, 'Packages', 1000).value)).toEqual(index);
  }
  expect(() => trustIndex(gzipSync(index), signature, { keys }, 'Packages', 10)).toThrow(
    expect.objectContaining({ code: 'KP5102' }),
  );
});

test('keys: a folder gives those in it, a file has to be one, what is missing is told', async () => {
  mkdirSync(join(folder, 'keys'));
  writeFileSync(join(folder, 'keys/0123'), signer.publicKey);
  writeFileSync(join(folder, 'keys/README'), 'keys are here');
  const ctx = { ...createContext(), cwd: folder };
  expect((await opkgKeys(ctx, ['keys'], false)).map(({ name }) => name)).toEqual(['0123']);
  await expect(opkgKeys(ctx, ['keys/README'], false)).rejects.toMatchObject({ code: 'KP5101', exitCode: 5 });
  await expect(opkgKeys(ctx, ['gone'], false)).rejects.toMatchObject({ code: 'KP5106', exitCode: 2 });
});
