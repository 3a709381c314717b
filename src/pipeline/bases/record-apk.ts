import { createHash } from 'node:crypto';
import { formatApkChecksum } from '../../crypto/apk-checksum.ts';
import { knownKeys, type KnownKey } from '../../crypto/known-keys.ts';
import { isVersion3, once } from '../../feed/apk/fetch-package.ts';
import type { PackagePayload } from '../../feed/feed.ts';
import { openApkV2 } from '../../feed/apk/v2/package.ts';
import { writeApkDatabase, type InstalledApk } from '../../passes/apk-database.ts';
import type { Context } from '../../io/context.ts';
import type { Store } from '../../store/store.ts';
import type { Tree } from '../../tree/node.ts';
import type { FetchedPackage, RecordedPackages } from './base-feed.ts';

/** apk's database in the image, in the mode that the spec asks for. */
export async function recordApk(
  ctx: Context,
  store: Store,
  tree: Tree,
  { spec, packages }: RecordedPackages,
  {
    architecture,
    repositories,
    keys,
    runtimePackage,
  }: {
    architecture: string;
    repositories: readonly string[];
    keys: readonly KnownKey[];
    runtimePackage: string | undefined;
  },
): Promise<Tree> {
  const { base } = spec;
  if (base.name !== 'alpine' && base.name !== 'wolfi') return tree;
  const mode = base.settings.database;
  if (mode === 'none') return tree;
  const installed: InstalledApk[] = [];
  for (const pkg of packages) installed.push(await installedApk(ctx, store, pkg));
  const trusted = new Set(knownKeys(keys, architecture).map(({ name }) => name));
  const pass = await writeApkDatabase(tree, store, {
    mode,
    packages: installed,
    architecture,
    world: [runtimePackage ?? 'micropython', ...spec.packages.map(({ text }) => text)].filter(
      (text, i, all) => all.indexOf(text) === i,
    ),
    repositories,
    release: osRelease(base.name, base.settings.release),
    keys: new Map(keys.filter(({ name }) => trusted.has(name)).map(({ name, pem }) => [name, pem])),
  });
  return pass.tree;
}

/** What scanners read of os-release(5): `v3.24` is a release, Alpine's `edge` and Wolfi have no number. */
function osRelease(name: 'alpine' | 'wolfi', release: string): string {
  const title = name === 'alpine' ? 'Alpine Linux' : 'Wolfi';
  const version = /^v(\d.*)$/u.exec(release)?.[1];
  const lines = [`ID=${name}`, ...(version === undefined ? [] : [`VERSION_ID=${version}`])];
  return `${[...lines, `PRETTY_NAME="${[title, ...(version === undefined ? [] : [release])].join(' ')}"`].join('\n')}\n`;
}

/** A fetched package as apk writes it down. */
export async function installedApk(
  ctx: Context,
  store: Store,
  { locked, payload }: { readonly locked: RecordedFile; readonly payload: PackagePayload },
): Promise<InstalledApk> {
  const { name, version, architecture, sizeBytes, sha256 } = locked;
  const bytes = await store.read({ digest: `sha256:${sha256}`, sizeBytes });
  const common = { name, version, architecture, fileSizeBytes: sizeBytes, payload };
  if (isVersion3(bytes)) return { ...common, checksum: await identityV3(ctx, bytes, name), format: 'v3' };
  const { control } = openApkV2(bytes, { untrustedBecause: 'compared as a whole' }, `${name} ${version}`).segments;
  const hex = createHash('sha1').update(bytes.subarray(control.start, control.end)).digest('hex');
  return { ...common, checksum: formatApkChecksum({ algorithm: 'sha1', hex }), format: 'v2' };
}

type RecordedFile = Pick<FetchedPackage['locked'], 'name' | 'version' | 'architecture' | 'sizeBytes' | 'sha256'>;

/** The first 20 bytes of the SHA-256 of its database block, in the form that SHA-1 has in version 2. */
async function identityV3(ctx: Context, bytes: Uint8Array, label: string): Promise<string> {
  const { openApkV3 } = await import('../../feed/apk/v3/package.ts');
  const trust = { untrustedBecause: 'compared as a whole' };
  const { file } = await openApkV3(once(bytes), { trust, limits: ctx.limits }, label);
  await file.close();
  const hex = createHash('sha256').update(file.database).digest('hex').slice(0, 40);
  return formatApkChecksum({ algorithm: 'sha1', hex });
}
