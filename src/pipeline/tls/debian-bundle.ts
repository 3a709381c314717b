import { readCertificates, type Certificate } from '../../crypto/certificates.ts';
import { comparePaths } from '../../codec/path-text.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { openDebFeed } from '../../feed/deb/index.ts';
import { debVersionRules } from '../../feed/deb/version.ts';
import type { Context } from '../../io/context.ts';
import type { Store } from '../../store/store.ts';

/** The authorities that Debian trusts. */
export interface DebianBundle {
  /** `ca-certificates 20250419` */
  readonly name: string;
  readonly certificates: readonly Certificate[];
}

const folder = 'usr/share/ca-certificates/';

/**
 * The certificates of Debian's package ca-certificates, newest version of trixie with its updates: verified like every
 * package, and independent of what this machine trusts.
 */
export async function debianBundle(ctx: Context, store: Store): Promise<DebianBundle> {
  const feed = await openDebFeed(ctx, store, {}, 'amd64', { offline: store.offline, locked: false });
  const [newest] = [...feed.candidates('ca-certificates')].sort((a, b) =>
    debVersionRules.compare(b.version, a.version),
  );
  if (newest === undefined) throw new KilopyError('KP2205', 'Debian has no package ca-certificates');
  const { entries } = await feed.payload(ctx, store, newest);
  const files = entries
    .filter((entry) => entry.type === 'file' && entry.path.startsWith(folder) && entry.path.endsWith('.crt'))
    .sort((a, b) => comparePaths(a.path, b.path));
  const certificates: Certificate[] = [];
  for (const file of files) {
    if (file.type === 'file') certificates.push(...readCertificates(await store.read(file.content)));
  }
  return { name: `${newest.name} ${newest.version}`, certificates };
}
