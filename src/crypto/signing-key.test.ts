import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { signEcdsa } from './ecdsa.ts';
import { readPublicKey } from './public-keys.ts';
import { readSigningKey, signMessage } from './signing-key.ts';

/** RFC 6979, A.2.5: the curve P-256. */
const secret = Buffer.from('c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721', 'hex');

test.each([
  ['sha1', 'sample', '61340c88c3aaebeb4f6d667f672ca9759a6ccaa9fa8811313039ee4a35471d32'],
  ['sha256', 'sample', 'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716'],
  ['sha512', 'sample', '8496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f00'],
  ['sha256', 'test', 'f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367'],
  ['sha512', 'test', '461d93f31b6540894788fd206c07cfa0cc35f46fa3c91816fff1040ad1581a04'],
])('ECDSA with %s of %s has the r of RFC 6979', (hash, message, r) => {
  const signature = Buffer.from(signEcdsa(secret, hash, createHash(hash).update(message).digest()));
  expect(signature.toString('hex')).toContain(r);
});

test('signatures are accepted by OpenSSL and are the same each time; every flipped byte is refused', () => {
  for (const { privateKey } of [
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('rsa', { modulusLength: 1024 }),
  ]) {
    const key = readSigningKey(privateKey.export({ type: 'pkcs8', format: 'pem' }), 'me.pub');
    for (let round = 0; round < 20; round++) {
      const message = Buffer.from(`message ${String(round)}`);
      const signature = signMessage(key, 'sha512', message);
      expect(verify('sha512', message, key.public.key, signature)).toBe(true);
      expect(signMessage(key, 'sha512', message)).toEqual(signature);
      const changed = Buffer.from(message);
      changed[round % changed.length]! ^= 1;
      expect(verify('sha512', changed, key.public.key, signature)).toBe(false);
    }
  }
});

test('keys that apk cannot use are KP5250', () => {
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const ed = generateKeyPairSync('ed25519');
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const secretPem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' });
  const locked = rsa.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' });
  for (const { publicKey } of [curve, ed]) {
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    expect(() => readPublicKey(pem, 'k.pub')).toThrow(expect.objectContaining({ code: 'KP5250', where: 'k.pub' }));
  }
  for (const text of ['', 'rubbish', secretPem, '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n']) {
    expect(() => readPublicKey(text, 'k.pub')).toThrow(expect.objectContaining({ code: 'KP5250' }));
  }
  for (const text of ['', 'rubbish', locked, curve.privateKey.export({ type: 'pkcs8', format: 'pem' })]) {
    expect(() => readSigningKey(text, 'k')).toThrow(expect.objectContaining({ code: 'KP5250' }));
  }
});

test('the public half of a signing key is the one that its file would give', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'sec1', format: 'pem' });
  const publicPem = createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'pem' });
  const { id, fingerprint } = readPublicKey(publicPem, 'me.pub');
  expect(readSigningKey(pem, 'me.pub').public).toMatchObject({ id, fingerprint, type: 'ec' });
});
