import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openwrtKeys } from './keys/openwrt.ts';
import { formatUsignKey, needsPadding, readUsignKey, readUsignSecretKey, signUsign, verifyUsign } from './usign.ts';

const secret = { id: '0102030405060708', key: generateKeyPairSync('ed25519').privateKey };
const key = readUsignKey(formatUsignKey(secret, 'mine'), 'mine');
const message = Buffer.from('Package: one\n');

describe('usign', () => {
  test('what was signed is verified, by the key that its name names', () => {
    expect(verifyUsign(message, signUsign(message, secret), [key], 'Packages').verdict).toEqual({
      kind: 'signature',
      keyId: '0102030405060708',
      signer: 'mine',
    });
  });

  test('a changed message, another key, and what is no signature', () => {
    const signature = signUsign(message, secret);
    const other = { ...key, id: 'ffffffffffffffff' };
    const attempts = [
      () => verifyUsign(Buffer.from('Package: two\n'), signature, [key], 'P'),
      () => verifyUsign(message, signature, [other], 'P'),
      () => verifyUsign(message, signature, [], 'P'),
      () => verifyUsign(message, signature.slice(0, 60), [key], 'P'),
      () => verifyUsign(message, '<html>', [key], 'P'),
    ];
    const codes = attempts.map((attempt) => {
      try {
        attempt();
        return 'passed';
      } catch (error) {
        return (error as { readonly code: string }).code;
      }
    });
    expect(codes).toEqual(['KP5002', 'KP5001', 'KP5001', 'KP5101', 'KP5101']);
  });

  test('every flipped byte of a signature is refused', () => {
    const [comment = '', line = ''] = signUsign(message, secret).split('\n');
    const bytes = Buffer.from(line, 'base64');
    for (let i = 0; i < bytes.length; i += 1) {
      const flipped = Buffer.from(bytes);
      flipped[i] = (flipped[i] ?? 0) ^ 1;
      expect(() => verifyUsign(message, `${comment}\n${flipped.toString('base64')}\n`, [key], 'P')).toThrow(/./u);
    }
  });

  test("a secret key in usign's form, and one with a password", () => {
    const der = secret.key.export({ type: 'pkcs8', format: 'der' }).subarray(-32);
    const form = (rounds: number): string => {
      const head = Buffer.alloc(8);
      head.write('EdBK');
      head.writeUInt32BE(rounds, 4);
      const bytes = Buffer.concat([head, Buffer.alloc(24), Buffer.from(secret.id, 'hex'), der, Buffer.alloc(32)]);
      return `untrusted comment: x\n${bytes.toString('base64')}\n`;
    };
    const read = readUsignSecretKey(form(0), 'key-build');
    expect(verifyUsign(message, signUsign(message, read), [key], 'P').verdict.kind).toBe('signature');
    expect(() => readUsignSecretKey(form(42), 'key-build')).toThrow(expect.objectContaining({ code: 'KP5101' }));
  });

  test.each(openwrtKeys)("OpenWrt's key $name is named by its own text", ({ name, text }) => {
    expect(readUsignKey(text, name).id).toBe(name);
  });

  test('which lengths old versions sign wrongly', () => {
    expect([45, 46, 47, 48, 173].map(needsPadding)).toEqual([false, true, true, false, false]);
  });
});
