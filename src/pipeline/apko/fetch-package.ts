import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { encodePath } from '../../codec/path-text.ts';
import { formatApkChecksum, type ApkChecksum } from '../../crypto/apk-checksum.ts';
import type { PackagePayload } from '../../feed/feed.ts';
import type { PackageEntry } from '../../feed/package-entry.ts';
import { fetchApkPackage, isVersion3, once } from '../../feed/apk/fetch-package.ts';
import { unpackApkV2 } from '../../feed/apk/v2/package.ts';
import type { Context } from '../../io/context.ts';
import type { Store } from '../../store/store.ts';
import type { ApkoEntry, ApkoPackage } from './apko-package.ts';
import { isUrl } from './keyring.ts';

/** A package that was chosen: where it is, and what binds it. */
export interface ChosenPackage {
  readonly name: string;
  readonly version: string;
  readonly url: string;
  readonly checksum: ApkChecksum;
  /** As the index says it; a lock file does not. */
  readonly sizeBytes?: number;
}

/** The bytes of a package, compared with the checksum. Throws KP5071, KP5072 and what reading throws. */
export async function fetchPackage(
  ctx: Context,
  store: Store,
  workdir: string,
  { name, version, url, checksum, sizeBytes = 0 }: ChosenPackage,
): Promise<Uint8Array> {
  if (!isUrl(url)) return await ctx.fs.readFile(resolve(workdir, url));
  const cut = url.lastIndexOf('/');
  const place = { name, version, folder: url.slice(0, cut), path: url.slice(cut + 1), checksum, sizeBytes };
  return await store.read(await fetchApkPackage(ctx, store, place));
}

/** A package with its content in the store. */
export async function unpackPackage(store: Store, bytes: Uint8Array, chosen: ChosenPackage): Promise<ApkoPackage> {
  const label = `${chosen.name} ${chosen.version}`;
  const payload = await unpackAnyVersion(store, bytes, chosen, label);
  return { ...describe(payload), ...chosenFacts(bytes, chosen), entries: await withChecksums(store, payload.entries) };
}

const limits = { indexBytes: 2 ** 30, packageBytes: 16 * 2 ** 30, fileBytes: 16 * 2 ** 30, entries: 1_000_000 };

async function unpackAnyVersion(
  store: Store,
  bytes: Uint8Array,
  { name, checksum }: ChosenPackage,
  label: string,
): Promise<PackagePayload> {
  if (!isVersion3(bytes)) return await unpackApkV2(store, bytes, { trust: { checksum }, limits }, name, label);
  const { unpackApkV3 } = await import('../../feed/apk/v3/package.ts');
  const trust = { sha256: Buffer.from(checksum.hex, 'hex') };
  return await unpackApkV3(store, once(bytes), { trust, limits }, label);
}

/** apk keeps the first 20 bytes of version 3's SHA-256 in the form that SHA-1 has. */
function chosenFacts(bytes: Uint8Array, { checksum }: ChosenPackage): Pick<ApkoPackage, 'sizeBytes' | 'checksum'> {
  const shown = isVersion3(bytes) ? ({ algorithm: 'sha1', hex: checksum.hex.slice(0, 40) } as const) : checksum;
  return { sizeBytes: bytes.length, checksum: formatApkChecksum(shown) };
}

function describe({ control, scripts }: PackagePayload): Omit<ApkoPackage, 'sizeBytes' | 'checksum' | 'entries'> {
  const text = (key: string): string => control.get(key) ?? '';
  const list = (key: string): readonly string[] =>
    text(key)
      .split(' ')
      .filter((word) => word !== '');
  const number = (key: string): number => (/^\d{1,15}$/u.test(text(key)) ? Number(text(key)) : 0);
  return {
    name: text('pkgname'),
    version: text('pkgver'),
    architecture: text('arch'),
    description: text('pkgdesc'),
    license: text('license'),
    origin: text('origin'),
    maintainer: text('maintainer'),
    url: text('url'),
    commit: text('commit'),
    depends: list('depend'),
    provides: list('provides'),
    replaces: list('replaces'),
    installIf: list('install_if'),
    triggers: list('triggers'),
    providerPriority: number('provider_priority'),
    buildTime: number('builddate'),
    installedSizeBytes: number('size'),
    scripts: new Map([...scripts].map(([name, script]) => [`.${name}`, script])),
  };
}

async function withChecksums(store: Store, entries: readonly PackageEntry[]): Promise<readonly ApkoEntry[]> {
  const inodes = new Set<string>();
  const all: ApkoEntry[] = [];
  for (const node of entries) all.push({ node, checksum: await checksumOf(store, node, inodes) });
  return all;
}

/** Further names of a hard link have none. */
async function checksumOf(store: Store, node: PackageEntry, inodes: Set<string>): Promise<string | undefined> {
  const hash = createHash('sha1');
  if (node.type === 'symlink') hash.update(encodePath(node.target));
  else if (node.type !== 'file' || (node.inode !== undefined && inodes.has(node.inode))) return undefined;
  else {
    if (node.inode !== undefined) inodes.add(node.inode);
    for await (const chunk of store.open(node.content)) hash.update(chunk);
  }
  return formatApkChecksum({ algorithm: 'sha1', hex: hash.digest('hex') });
}
