import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { downloadAll } from '../../store/download.ts';
import type { Store } from '../../store/store.ts';
import type { DebianSource } from '../debian-source.ts';

/** Sources that may come from somewhere else than Debian: musl's does not, because it is used with Debian's patches. */
const replaceable = ['micropython', 'mbedtls'] as const;

/** Upstream's tarball, in place of Debian's source package. */
export interface OwnSource {
  readonly name: (typeof replaceable)[number];
  readonly url: string;
  /** Hexadecimal. */
  readonly sha256: string;
  /** The first number with dots in the name of the file, such as `1.26.1`. */
  readonly version: string;
}

/**
 * Reads `micropython=URL#sha256=HEX`.
 *
 * @throws KilopyError KP1001 with what is wrong
 */
export function parseOwnSource(text: string): OwnSource {
  const wrong = (why: string): KilopyError =>
    new KilopyError('KP1001', `--source ${text} cannot be used`, {
      why,
      fix: 'write it as micropython=https://HOST/micropython-1.26.1.tar.xz#sha256=64 hexadecimal digits',
    });
  const [, word = '', place = '', , sha256 = ''] = /^([^=]+)=(.*?)(#sha256=([0-9a-f]*))?$/iu.exec(text) ?? [];
  const name = replaceable.find((one) => one === word);
  if (name === undefined) throw wrong(`sources are ${replaceable.join(' and ')}`);
  if (!URL.canParse(place) || !/^https?:$/u.test(new URL(place).protocol)) throw wrong('it names no http or https URL');
  if (!/^[0-9a-f]{64}$/iu.test(sha256)) throw wrong('nothing is unpacked whose SHA-256 is not known');
  const file = decodeURIComponent(new URL(place).pathname.split('/').at(-1) ?? '');
  const version = /(\d+(?:\.\d+)+)/u.exec(file)?.[1];
  if (version === undefined || !/\.tar\.(?:gz|xz|bz2)$/u.test(file))
    throw wrong('the name of the file has no version, or does not end in .tar.gz, .tar.xz or .tar.bz2');
  return { name, url: place, sha256: sha256.toLowerCase(), version };
}

/**
 * Fetches it, verified, as the source package that it stands in for.
 *
 * @throws KilopyError KP60xx
 */
export async function fetchOwnSource(ctx: Context, store: Store, source: OwnSource): Promise<DebianSource> {
  const { name, url, sha256, version } = source;
  const [blob] = await downloadAll(ctx, store, [{ url, digest: `sha256:${sha256}`, label: `${name} ${version}` }]);
  if (blob === undefined) throw new TypeError('nothing was downloaded');
  // The scripts know a tarball by the name that it has in Debian.
  return { name, version, files: [{ name: `${name}_${version}.orig.tar.${url.split('.').at(-1) ?? ''}`, blob }] };
}
