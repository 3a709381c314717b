import { resolve } from 'node:path';
import { parseClearSigned } from '../../crypto/clear-signed.ts';
import { debianKeys } from '../../crypto/keys/debian.ts';
import { readKeyring, type Keyring } from '../../crypto/keyring.ts';
import { verifyClearSigned, verifyDetached } from '../../crypto/openpgp.ts';
import { trustAnyway } from '../../crypto/verdict.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Verdict, Verified } from '../../values/verified.ts';
import type { DebIndexSource } from './sources.ts';
import { nearestSuites } from './suites.ts';

/** Text that may be parsed, and how it came to be trusted. */
export interface TrustedText {
  readonly text: Verified<string>;
  readonly verdict: Verdict;
}

/** The keys that may sign an index: Debian's, those of the user's files, or both. Throws KP5006 and KP5058. */
async function keyringOf(ctx: Context, source: DebIndexSource): Promise<Keyring> {
  const own = await Promise.all(source.keys.map(async (file) => readKeyring(await readKeyFile(ctx, file), file)));
  return [...own.flat(), ...(source.debianKeys ? debianKeys : [])];
}

/** InRelease: the signature is in the file. Where the user has switched trust off, it is only taken away. */
export async function trustInRelease(
  ctx: Context,
  source: DebIndexSource,
  bytes: Uint8Array,
  nowMs: number,
  where: string,
): Promise<TrustedText> {
  if (source.allowUntrusted) return untrustedText(parseClearSigned(bytes, where).text, source);
  return await verifyClearSigned(bytes, await keyringOf(ctx, source), nowMs, where);
}

/** Release with its signature beside it; without one only where the user has switched trust off (else KP5056). */
export async function trustRelease(
  ctx: Context,
  source: DebIndexSource,
  bytes: Uint8Array,
  signature: Uint8Array | undefined,
  nowMs: number,
  where: string,
): Promise<TrustedText> {
  const text = Buffer.from(bytes).toString('utf8');
  if (source.allowUntrusted) return untrustedText(text, source);
  if (signature === undefined) throw unsigned(source, where);
  const { verdict } = await verifyDetached(bytes, signature, await keyringOf(ctx, source), nowMs, where);
  return { text: text as Verified<string>, verdict };
}

/** Nothing signed was found. */
export function unsigned(source: DebIndexSource, where: string): KilopyError {
  const near = nearestSuites(source.suite);
  return new KilopyError('KP5056', `The archive has no signed index of ${source.suite}`, {
    where,
    why: 'It has neither InRelease nor Release with Release.gpg.',
    ...(near.length === 0 ? {} : { fix: `did you mean the suite ${near.join(' or ')}?` }),
    data: { feed: source.feed, suite: source.suite, archive: source.archive },
  });
}

/** Offline, and no earlier run has verified and kept the index. */
export function notKept(source: DebIndexSource, where: string): KilopyError {
  return new KilopyError('KP5059', `The index of ${source.suite} is not in the store, and kilopy is offline`, {
    where,
    data: { feed: source.feed, suite: source.suite, archive: source.archive },
  });
}

function untrustedText(text: string, source: DebIndexSource): TrustedText {
  const { value, verdict } = trustAnyway(text, `allowUntrusted is set for the feed ${source.feed}`);
  return { text: value, verdict };
}

async function readKeyFile(ctx: Context, file: string): Promise<Uint8Array> {
  const path = resolve(ctx.cwd, file);
  try {
    return await ctx.fs.readFile(path);
  } catch (error) {
    throw new KilopyError('KP5058', `The key file ${file} cannot be read`, {
      where: path,
      why: error instanceof Error ? error.message : undefined,
      fix: 'name a file with an OpenPGP public key',
      cause: error,
    });
  }
}
