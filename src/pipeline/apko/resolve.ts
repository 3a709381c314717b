import { knownKeys } from '../../crypto/known-keys.ts';
import { alpineKeys } from '../../crypto/keys/alpine.ts';
import { wolfiKeys } from '../../crypto/keys/wolfi.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { FeedKey } from '../../crypto/public-keys.ts';
import { apkVersionRules } from '../../feed/apk/version.ts';
import type { Context } from '../../io/context.ts';
import type { ApkPackage } from '../../solve/apk/apk-package.ts';
import { parseApkDependency } from '../../solve/apk/dependency.ts';
import type { Store } from '../../store/store.ts';
import type { ApkoPackage } from './apko-package.ts';
import type { ChosenPackage } from './fetch-package.ts';
import type { KeyringFile } from './keyring.ts';
import type { OpenedConfig } from './open-config.ts';
import { commonPackages, readRepositories, repositoryPlace, solveWorld, type RepositoryPlace } from './repositories.ts';
import { sorted } from './open-config.ts';
import type { ApkoRequest } from './request.ts';

/**
 * The packages of every architecture in install order, from the repositories of the configuration.
 *
 * @param below of each architecture, what the image below has; it is part of the answer where it is needed
 */
export async function resolveConfig(
  ctx: Context,
  store: Store,
  { workdir, ignoreSignatures }: ApkoRequest,
  { config, architectures }: OpenedConfig,
  keyring: readonly KeyringFile[],
  below: readonly (readonly ApkoPackage[])[] = [],
): Promise<readonly (readonly ChosenPackage[])[]> {
  const { contents } = config;
  const places = sorted([...(contents.build_repositories ?? []), ...(contents.repositories ?? [])]).map(
    repositoryPlace,
  );
  if (places.length === 0 && (contents.packages ?? []).length > 0) {
    throw new KilopyError('KP2102', 'contents names packages and no repository to take them from', {
      where: 'contents.repositories',
      fix: 'write repositories: [https://dl-cdn.alpinelinux.org/alpine/v3.24/main], or give -r',
    });
  }
  ctx.emit({ type: 'step.started', step: 'feed', title: 'reading package indexes' });
  const repositories = await Promise.all(
    architectures.map(async (architecture) => {
      const keys = [...keyring.map(({ key }) => key), ...carriedKeys(places, architecture.apk)];
      return await readRepositories(ctx, store, workdir, places, architecture, { keys, ignoreSignatures });
    }),
  );
  ctx.emit({ type: 'step.finished', step: 'feed' });
  ctx.emit({ type: 'step.started', step: 'solve', title: 'choosing packages' });
  const chosen = commonPackages(repositories).map((each, i) => {
    const architecture = architectures[i];
    if (architecture === undefined) return [];
    const base = below[i] ?? [];
    const world = [...(contents.packages ?? []), ...base.map(({ name, version }) => `${name}=${version}`)];
    return solveWorld(base.length === 0 ? each : [...each, { packages: base.map(asIndexed) }], world, architecture);
  });
  ctx.emit({ type: 'step.finished', step: 'solve' });
  return chosen.map((packages) =>
    packages.map(({ name, version, folder, path, checksum, sizeBytes }) => ({
      name,
      version,
      url: `${folder}/${path}`,
      checksum,
      sizeBytes,
    })),
  );
}

/** A package of the image below as one that could be chosen, and never has to be fetched. */
function asIndexed(pkg: ApkoPackage): ApkPackage {
  return {
    name: pkg.name,
    version: pkg.version,
    architecture: pkg.architecture,
    feed: 'baseimage',
    depends: relations(pkg.depends),
    provides: relations(pkg.provides),
    installIf: [],
    providerPriority: pkg.providerPriority,
    installedSizeBytes: pkg.installedSizeBytes,
    origin: pkg.origin,
    identity: `baseimage ${pkg.name}`,
  };
}

function relations(words: readonly string[]): ApkPackage['depends'] {
  return words.flatMap((word) => parseApkDependency(word, apkVersionRules, false) ?? []);
}

/** Keys that kilopy carries, for the distributions whose repositories are named. */
function carriedKeys(places: readonly RepositoryPlace[], architecture: string): readonly FeedKey[] {
  const isOf = (pattern: RegExp): boolean => places.some(({ url }) => pattern.test(url));
  return [
    ...(isOf(/^https?:\/\/.+\/alpine\/[^/]+\/[^/]+$/u) ? knownKeys(alpineKeys, architecture) : []),
    ...(isOf(/^https:\/\/packages\.wolfi\.dev\/os$/u) ? knownKeys(wolfiKeys, architecture) : []),
  ];
}
