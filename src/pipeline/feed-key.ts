import { generateKeyPair, randomBytes, type KeyObject } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { promisify } from 'node:util';
import { formatUsignKey, formatUsignSecretKey } from '../crypto/usign.ts';
import { describeKey } from '../crypto/public-keys.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';

export interface CreatedKey {
  readonly privateFile: string;
  readonly publicFile: string;
  /** SHA-256 of the public key in DER. */
  readonly fingerprint: string;
}

const rsaBits = 4096;

/**
 * Makes a pair of keys: `NAME.rsa`, `NAME.ec` or, for usign, `NAME` (mode 0600), and the same with `.pub`. Nothing is overwritten.
 *
 * @throws KilopyError KP5251 when one of the files exists
 */
export async function createKey(ctx: Context, name: string, type: 'rsa' | 'ec' | 'usign'): Promise<CreatedKey> {
  const privateFile = name.endsWith(`.${type}`) || type === 'usign' ? name : `${name}.${type}`;
  const publicFile = `${privateFile}.pub`;
  for (const file of [privateFile, publicFile]) {
    if (await ctx.fs.exists(resolve(ctx.cwd, file))) {
      throw new KilopyError('KP5251', `${file} exists already`, { where: file });
    }
  }
  if (type === 'usign') return await createUsignKey(ctx, privateFile, publicFile);
  const { privateKey, publicKey } = await generate(type);
  const secret = privateKey.export({ type: 'pkcs8', format: 'pem' });
  await ctx.fs.writeAtomic(resolve(ctx.cwd, privateFile), secret.toString(), 0o600);
  await ctx.fs.writeAtomic(resolve(ctx.cwd, publicFile), publicKey.export({ type: 'spki', format: 'pem' }).toString());
  return { privateFile, publicFile, fingerprint: describeKey(publicKey, basename(publicFile)).fingerprint };
}

/** A pair for opkg, as `usign -G` makes it; its fingerprint is the name that OpenWrt keeps the public key under. */
async function createUsignKey(ctx: Context, privateFile: string, publicFile: string): Promise<CreatedKey> {
  const { privateKey } = await promisify(generateKeyPair)('ed25519');
  const key = { id: randomBytes(8).toString('hex'), key: privateKey };
  await ctx.fs.writeAtomic(resolve(ctx.cwd, privateFile), formatUsignSecretKey(key, 'secret key of kilopy'), 0o600);
  await ctx.fs.writeAtomic(resolve(ctx.cwd, publicFile), formatUsignKey(key, 'public key of kilopy'));
  return { privateFile, publicFile, fingerprint: key.id };
}

async function generate(
  type: 'rsa' | 'ec',
): Promise<{ readonly privateKey: KeyObject; readonly publicKey: KeyObject }> {
  return type === 'rsa'
    ? await promisify(generateKeyPair)('rsa', { modulusLength: rsaBits })
    : await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
}
