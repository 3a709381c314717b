import { knownKeys } from '../../crypto/known-keys.ts';
import { alpineKeys } from '../../crypto/keys/alpine.ts';
import { wolfiKeys } from '../../crypto/keys/wolfi.ts';
import type { FeedKey } from '../../crypto/public-keys.ts';
import type { Context } from '../../io/context.ts';
import type { Store } from '../../store/store.ts';
import type { ChosenPackage } from './fetch-package.ts';
import type { KeyringFile } from './keyring.ts';
import type { OpenedConfig } from './open-config.ts';
import { commonPackages, readRepositories, repositoryPlace, solveWorld, type RepositoryPlace } from './repositories.ts';
import { sorted } from './open-config.ts';
import type { ApkoRequest } from './request.ts';

/** The packages of every architecture in install order, from the repositories of the configuration. */
export async function resolveConfig(
  ctx: Context,
  store: Store,
  { workdir, ignoreSignatures }: ApkoRequest,
  { config, architectures }: OpenedConfig,
  keyring: readonly KeyringFile[],
): Promise<readonly (readonly ChosenPackage[])[]> {
  const { contents } = config;
  const places = sorted([...(contents.build_repositories ?? []), ...(contents.repositories ?? [])]).map(
    repositoryPlace,
  );
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
    return architecture === undefined ? [] : solveWorld(each, contents.packages ?? [], architecture);
  });
  ctx.emit({ type: 'step.finished', step: 'solve' });
  return chosen.map((packages) =>
    packages.map(({ name, version, folder, path, checksum }) => ({
      name,
      version,
      url: `${folder}/${path}`,
      checksum,
    })),
  );
}

/** Keys that kilopy carries, for the distributions whose repositories are named. */
function carriedKeys(places: readonly RepositoryPlace[], architecture: string): readonly FeedKey[] {
  const isOf = (pattern: RegExp): boolean => places.some(({ url }) => pattern.test(url));
  return [
    ...(isOf(/^https?:\/\/.+\/alpine\/[^/]+\/[^/]+$/u) ? knownKeys(alpineKeys, architecture) : []),
    ...(isOf(/^https:\/\/packages\.wolfi\.dev\/os$/u) ? knownKeys(wolfiKeys, architecture) : []),
  ];
}
