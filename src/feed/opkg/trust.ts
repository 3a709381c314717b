import { basename, join, resolve } from 'node:path';
import { gunzipMembers } from '../../codec/gzip/gunzip-members.ts';
import { openwrtKeys } from '../../crypto/keys/openwrt.ts';
import { readUsignKey, verifyUsign, type UsignKey } from '../../crypto/usign.ts';
import { trustAnyway, type Trusted } from '../../crypto/verdict.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';

/** Whose signature makes an index believed, or that the user waives it. */
export type OpkgTrust = { readonly keys: readonly UsignKey[] } | { readonly untrustedBecause: string };

/** The keys in files and folders (as /etc/opkg/keys is one), and OpenWrt's own where asked. Throws KP5101, KP5106. */
export async function opkgKeys(
  ctx: Context,
  places: readonly string[],
  withOpenwrt: boolean,
): Promise<readonly UsignKey[]> {
  const own = await Promise.all(places.map((place) => readPlace(ctx, resolve(ctx.cwd, place))));
  const known = withOpenwrt
    ? openwrtKeys.map(({ name, text, signs }) => ({ ...readUsignKey(text, name), name: `OpenWrt (${signs})` }))
    : [];
  return [...own.flat(), ...known];
}

/**
 * The text of an index that may be parsed. A signature is of the uncompressed text.
 *
 * @param signature the text of Packages.sig; undefined where there is none
 * @throws KilopyError KP5001, KP5002, KP5101 for the signature, KP5107 without one
 */
export function trustIndex(
  index: Uint8Array,
  signature: string | undefined,
  trust: OpkgTrust,
  where: string,
  limitBytes: number,
): Trusted<Uint8Array> {
  const plain = isGzip(index) ? unpack(index, where, limitBytes) : index;
  if ('untrustedBecause' in trust) return trustAnyway(plain, trust.untrustedBecause);
  if (signature !== undefined) return verifyUsign(plain, signature, trust.keys, where);
  throw new KilopyError('KP5107', `${where} has no signature`, { where, why: 'There is no Packages.sig beside it.' });
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function unpack(bytes: Uint8Array, where: string, limitBytes: number): Uint8Array {
  try {
    return Buffer.concat([...gunzipMembers(bytes, { limitBytes })].map(({ content }) => content));
  } catch (error) {
    const why = error instanceof Error ? error.message : undefined;
    throw new KilopyError('KP5102', `${where} cannot be unpacked`, { where, why, cause: error });
  }
}

async function readPlace(ctx: Context, path: string): Promise<readonly UsignKey[]> {
  try {
    if (!(await ctx.fs.stat(path)).isDirectory()) return [readUsignKey(await ctx.fs.readText(path), basename(path))];
    const names = (await ctx.fs.readDirectory(path)).filter((entry) => entry.isFile()).map(({ name }) => name);
    // Beside keys may lie anything: a folder gives those that are keys.
    const read = await Promise.all(
      names.sort().map(async (name) => {
        try {
          return [readUsignKey(await ctx.fs.readText(join(path, name)), name)];
        } catch (error) {
          if (error instanceof KilopyError && error.code === 'KP5101') return [];
          throw error;
        }
      }),
    );
    return read.flat();
  } catch (error) {
    if (error instanceof KilopyError) throw error;
    throw new KilopyError('KP5106', `The key ${path} cannot be read`, {
      where: path,
      why: error instanceof Error ? error.message : undefined,
      fix: 'name a public key of usign, or a folder with such files',
      cause: error,
    });
  }
}
