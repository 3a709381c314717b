import { resolve } from 'node:path';
import type { FeedKey } from '../../crypto/public-keys.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { indexUrls, isAbsent, repositoryOf } from '../../feed/apk/index.ts';
import type { ApkIndexPackage } from '../../feed/apk/parse-index.ts';
import { readApkIndex } from '../../feed/apk/read-index.ts';
import { apkVersionRules } from '../../feed/apk/version.ts';
import type { Context } from '../../io/context.ts';
import { explanationError } from '../../solve/explain.ts';
import type { ApkRepository } from '../../solve/apk/apk-package.ts';
import { solveApk } from '../../solve/apk/solve-apk.ts';
import { apkUniverse } from '../../solve/apk/universe.ts';
import type { ApkoArchitecture } from '../../spec/apko/architectures.ts';
import { fetchDocument } from '../../store/fetch-index.ts';
import type { Store } from '../../store/store.ts';
import { isUrl } from './keyring.ts';

/** `@tag URL` taken apart; the URL may be a path. */
export interface RepositoryPlace {
  readonly tag: string | undefined;
  readonly url: string;
}

export function repositoryPlace(text: string): RepositoryPlace {
  const [, tag, url] = /^@(\S+)\s+(\S+)$/u.exec(text) ?? [];
  return { tag, url: url ?? text };
}

export interface RepositoryTrust {
  readonly keys: readonly FeedKey[];
  readonly ignoreSignatures: boolean;
}

/** The verified indexes of one architecture, in the order of the repositories. */
export async function readRepositories(
  ctx: Context,
  store: Store,
  workdir: string,
  places: readonly RepositoryPlace[],
  { apk }: ApkoArchitecture,
  { keys, ignoreSignatures }: RepositoryTrust,
): Promise<readonly ApkRepository[]> {
  const trust = ignoreSignatures ? { untrustedBecause: '--ignore-signatures' } : { keys };
  return await Promise.all(
    places.map(async ({ tag, url }) => {
      let first: unknown;
      for (const where of indexUrls(url, apk)) {
        const folder = where.slice(0, where.lastIndexOf('/'));
        const origin = {
          feed: url,
          folder,
          repository: repositoryOf(url),
          where,
          architecture: apk,
          maxPackages: 1_000_000,
        };
        const read = async (bytes: Uint8Array): ReturnType<typeof readApkIndex> =>
          await readApkIndex(bytes, trust, ctx.limits, origin);
        try {
          const bytes = isUrl(url)
            ? (await fetchDocument(ctx, store, where, { accept: async (found) => void (await read(found)) })).bytes
            : await readLocal(ctx, resolve(workdir, where), where);
          return { tag, packages: (await read(bytes)).packages };
        } catch (error) {
          if (!isAbsent(error) && !isMissingFile(error)) throw error;
          first ??= error;
        }
      }
      throw first;
    }),
  );
}

async function readLocal(ctx: Context, path: string, where: string): Promise<Uint8Array> {
  try {
    return await ctx.fs.readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new KilopyError('KP2105', `the repository has no index ${where}`, { where: 'contents.repositories', cause });
  }
}

function isMissingFile(error: unknown): boolean {
  return error instanceof KilopyError && error.code === 'KP2105';
}

/** Without packages that another architecture lacks in the same version, so that all images get the same ones. */
export function commonPackages(all: readonly (readonly ApkRepository[])[]): readonly (readonly ApkRepository[])[] {
  if (all.length < 2) return all;
  const sets = all.map((repositories) => {
    return new Set(repositories.flatMap(({ packages }) => packages.map(({ name, version }) => `${name}=${version}`)));
  });
  return all.map((repositories) =>
    repositories.map((repository) => ({
      ...repository,
      packages: repository.packages.filter(({ name, version }) => sets.every((set) => set.has(`${name}=${version}`))),
    })),
  );
}

/** What apk would install, in its order. Throws KP5501 to KP5504. */
export function solveWorld(
  repositories: readonly ApkRepository[],
  packages: readonly string[],
  architecture: ApkoArchitecture,
): readonly ApkIndexPackage[] {
  const solution = solveApk({
    universe: apkUniverse(repositories),
    wishes: packages.map((text) => ({ text: apkWish(text) })),
    rules: apkVersionRules,
    architecture: architecture.apk,
  });
  if (!solution.ok) throw explanationError(solution.explanation, architecture.name);
  // The solver gives back the universe's own objects.
  return solution.plan.steps.map((step) => step.package as ApkIndexPackage);
}

/** apko writes `name=version@tag` where apk has `name@tag=version`. */
function apkWish(text: string): string {
  const [, name, condition, tag] = /^([^=<>~@]+)([=<>~][^@]*)(@.+)$/u.exec(text) ?? [];
  return name === undefined ? text : `${name}${tag ?? ''}${condition ?? ''}`;
}
