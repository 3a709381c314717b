import { createHash } from 'node:crypto';
import { formatApkChecksum } from '../../crypto/apk-checksum.ts';
import { openApkV2 } from '../../feed/apk/v2/package.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { isVersion3 } from '../../feed/apk/fetch-package.ts';
import type { Context } from '../../io/context.ts';
import type { ApkoArchitecture } from '../../spec/apko/architectures.ts';
import { mapParallel } from '../../io/parallel.ts';
import { openStore } from '../../store/store.ts';
import { openBase } from './base-image.ts';
import { fetchPackage, type ChosenPackage } from './fetch-package.ts';
import { readKeyring } from './keyring.ts';
import type { ApkoLock, ApkoLockPackage, ApkoLockRepository, ApkoLockSegment } from './lock-file.ts';
import { openConfig } from './open-config.ts';
import { repositoryPlace } from './repositories.ts';
import type { ApkoRequest } from './request.ts';
import { resolveConfig } from './resolve.ts';

/** `apko lock`: what would be installed, with the place and the checksums of each part of each package. */
export async function apkoLock(ctx: Context, request: ApkoRequest): Promise<ApkoLock> {
  const store = await openStore(ctx, undefined, { offline: request.offline });
  const opened = await openConfig(ctx, request);
  const { config, architectures, checksum } = opened;
  const { contents } = config;
  const { workdir } = request;
  const keyring = await readKeyring(ctx, store, workdir, request.includePaths, contents.keyring ?? []);
  const below = await Promise.all(
    architectures.map(async (architecture) => {
      if (contents.baseimage === undefined) return [];
      return (await openBase(ctx, store, workdir, contents.baseimage, architecture)).packages;
    }),
  );
  const chosen = await resolveConfig(ctx, store, request, opened, keyring, below);
  const packages: ApkoLockPackage[] = [];
  for (const [i, architecture] of architectures.entries()) {
    const installed = new Set(below[i]?.map(({ name }) => name));
    const wanted = (chosen[i] ?? []).filter(({ name }) => !installed.has(name));
    const locked = await mapParallel(wanted, 4, async (pkg) => {
      return lockedPackage(await fetchPackage(ctx, store, workdir, pkg), pkg, architecture);
    });
    packages.push(...locked);
  }
  const keys = keyring.map(({ place, bytes }) => ({
    name: withoutScheme(place),
    url: place,
    content: Buffer.from(bytes).toString('utf8'),
  }));
  return {
    version: 'v1',
    config: { name: request.file, checksum },
    contents: {
      keyring: keys.sort((a, b) => (a.name < b.name ? -1 : 1)),
      build_repositories: lockedRepositories(contents.build_repositories, architectures),
      runtime_repositories: lockedRepositories(contents.runtime_repositories, architectures),
      repositories: lockedRepositories(contents.repositories, architectures),
      packages,
    },
  };
}

function lockedPackage(
  bytes: Uint8Array,
  { name, version, url, checksum }: ChosenPackage,
  { apk }: ApkoArchitecture,
): ApkoLockPackage {
  if (isVersion3(bytes)) {
    throw new KilopyError('KP2107', `apko's lock file cannot name ${name} ${version}`, {
      where: url,
      why: 'it is a package of version 3, which has none of the parts whose checksums a lock file of apko holds',
      fix: 'build without a lock file, or with kilopy build, whose lock holds packages of both versions',
    });
  }
  const { control, data } = openApkV2(bytes, { checksum }, `${name} ${version}`).segments;
  const segment = (start: number, end: number, algorithm: 'sha1' | 'sha256'): ApkoLockSegment => {
    const digest = createHash(algorithm).update(bytes.subarray(start, end)).digest('base64');
    return { range: `bytes=${String(start)}-${String(end - 1)}`, checksum: `${algorithm}-${digest}` };
  };
  return {
    name,
    url,
    version,
    architecture: apk,
    signature: control.start === 0 ? { range: '', checksum: '' } : segment(0, control.start, 'sha1'),
    control: segment(control.start, control.end, 'sha1'),
    data: segment(data.start, data.end, 'sha256'),
    checksum: formatApkChecksum(checksum),
  };
}

function lockedRepositories(
  texts: readonly string[] = [],
  architectures: readonly ApkoArchitecture[],
): readonly ApkoLockRepository[] {
  return architectures.flatMap(({ apk }) =>
    texts.map((text) => {
      const place = `${repositoryPlace(text).url}/${apk}`;
      return { name: withoutScheme(place), url: `${place}/APKINDEX.tar.gz`, architecture: apk };
    }),
  );
}

function withoutScheme(text: string): string {
  return text.replace(/^https?:\/\//u, '');
}
