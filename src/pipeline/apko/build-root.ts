import { createHash } from 'node:crypto';
import { formatApkChecksum } from '../../crypto/apk-checksum.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { ApkoArchitecture } from '../../spec/apko/architectures.ts';
import type { ApkoConfig } from '../../spec/apko/config.ts';
import { apkoJson } from '../../spec/apko/encode.ts';
import { readPublicKey } from '../../crypto/public-keys.ts';
import type { Store } from '../../store/store.ts';
import type { Tree } from '../../tree/node.ts';
import { addAccounts } from './accounts.ts';
import type { ApkoPackage } from './apko-package.ts';
import { addBusyboxLinks } from './busybox-links.ts';
import { installCertificates, writeBundleChecksums } from './certificates.ts';
import { initDatabase, linkDatabase } from './init-database.ts';
import { recordPackages } from './installed-database.ts';
import type { KeyringFile } from './keyring.ts';
import { layPackages } from './lay-packages.ts';
import { writeLibraryCache } from './library-cache.ts';
import { sorted } from './open-config.ts';
import { makePaths } from './paths.ts';
import { withoutExcluded } from './exclude.ts';
import { createRootFiles, type RootFiles } from './root-files.ts';

export interface RootInput {
  /** Of one architecture: packages locked, in the order of apko.json. */
  readonly config: ApkoConfig;
  readonly architecture: ApkoArchitecture;
  readonly keyring: readonly KeyringFile[];
  /** In install order. */
  readonly packages: readonly ApkoPackage[];
  /** What the image below has. */
  readonly basePackages: readonly ApkoPackage[] | undefined;
  readonly buildDateSeconds: number;
  readonly isDateFixed: boolean;
}

export interface BuiltRoot {
  readonly root: RootFiles;
  /** What of the root gets into the image. */
  readonly kept: Tree;
  /** Records of the packages in the database, by name. */
  readonly records: ReadonlyMap<string, string>;
  readonly runAs: string | undefined;
  /** Time of the image, seconds since 1970. */
  readonly createdSeconds: number;
}

/** apko's steps in apko's order (apko `pkg/build/build_implementation.go`): later ones see what earlier ones made. */
export async function buildRoot(ctx: Context, store: Store, input: RootInput): Promise<BuiltRoot> {
  const { config, architecture, keyring, basePackages } = input;
  const below = new Set((basePackages ?? []).map(({ name }) => name));
  const packages = input.packages.filter(({ name }) => !below.has(name));
  const { contents } = config;
  const root = createRootFiles(store);
  const createdSeconds = createdAt(input);
  await initDatabase(root, architecture.apk);
  const keys = new Map<string, string>();
  for (const { name, bytes } of keyring) {
    await root.write(`etc/apk/keys/${name}`, bytes, 0o644);
    keys.set(`etc/apk/keys/${name}`, formatApkChecksum({ algorithm: 'sha1', hex: sha1(bytes) }));
  }
  const world = [
    ...(contents.packages ?? []),
    ...(basePackages ?? []).map(({ name, version }) => `${name}=${version}`),
  ];
  await root.write('etc/apk/world', `${sorted(world).join('\n')}\n`, 0o644);
  await recordPackages(root, basePackages ?? [], new Map(), input.buildDateSeconds);
  const bringers = layPackages(root, packages, 'apk', keys);
  const records = await recordPackages(root, packages, bringers, input.buildDateSeconds);
  linkDatabase(
    root,
    (basePackages ?? []).some(({ provides }) => provides.includes('merged-lib')),
  );
  const runAs = contents.baseimage === undefined ? await addAccounts(root, config.accounts) : undefined;
  // The user as a number stands in the configuration from here on, as apko has it.
  const accounts = runAs === undefined ? config.accounts : { ...config.accounts, 'run-as': runAs };
  // apko leaves `vcs-url` out of what an image says of its own configuration.
  const { 'vcs-url': _, ...own } = config;
  await root.write('etc/apko.json', `${apkoJson({ ...own, accounts })}\n`, 0o444);
  await makePaths(root, config.paths ?? []);
  await installCertificates(ctx, root, config.certificates, [...(basePackages ?? []), ...packages], createdSeconds);
  await writeBundleChecksums(root, createdSeconds);
  await writeRuntimeKeys(root, config, createdSeconds);
  await addBusyboxLinks(ctx, root);
  await writeLibraryCache(root);
  const repositories = sorted([...(contents.repositories ?? []), ...(contents.runtime_repositories ?? [])]);
  await root.write('etc/apk/repositories', `${repositories.join('\n')}\n`, 0o644);
  return { root, kept: withoutExcluded(ctx, root.tree, contents.exclude ?? []), records, runAs, createdSeconds };
}

/** SOURCE_DATE_EPOCH, else the newest of the build date and the packages. */
function createdAt({ packages, basePackages = [], buildDateSeconds, isDateFixed }: RootInput): number {
  if (isDateFixed) return buildDateSeconds;
  return [...packages, ...basePackages].reduce((last, { buildTime }) => Math.max(last, buildTime), buildDateSeconds);
}

/** Keys for `apk` in the running image; they are not trusted for the build. Throws KP2110 for one that is there already. */
async function writeRuntimeKeys(root: RootFiles, { contents }: ApkoConfig, createdSeconds: number): Promise<void> {
  const keys = (contents.runtime_keyring ?? []).toSorted((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
  for (const { name = '', content = '' } of keys) {
    const { key } = readPublicKey(content, name);
    const path = `etc/apk/keys/${name}`;
    if (root.lstat(path) !== undefined)
      throw new KilopyError('KP2110', `runtime_keyring has ${name}, which is there already`, { where: `/${path}` });
    await root.write(path, String(key.export({ type: 'spki', format: 'pem' })), 0o644, createdSeconds);
  }
}

function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}
