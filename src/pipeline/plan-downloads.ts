import type { Context } from '../io/context.ts';
import { redactUrl } from '../io/redact-url.ts';
import { openStore } from '../store/store.ts';
import { prepare } from './assemble.ts';
import type { BuildRequest } from './build-request.ts';
import { baseFeedOf } from './base-feeds.ts';
import { packageRequest } from './fetch-packages.ts';
import { forDevice } from './for-device.ts';
import { resolvePackages } from './resolve-packages.ts';

export interface PlannedDownload {
  readonly label: string;
  /** Without user name and password. */
  readonly url: string;
  readonly sizeBytes: number;
  readonly digest: string;
  /** It is in the store already. */
  readonly stored: boolean;
}

/** The packages that a build would download. Choosing them may fetch indexes; nothing else is fetched or written. */
export async function planDownloads(
  ctx: Context,
  given: BuildRequest,
): Promise<{ readonly downloads: readonly PlannedDownload[] }> {
  const request = given.device === undefined ? given : forDevice(given, given.device);
  const store = await openStore(ctx, undefined, { offline: request.offline });
  const { spec, lock, lockPath, archives } = await prepare(ctx, store, request);
  const { sections } = await resolvePackages(ctx, store, spec, { lock, mode: request.lock, file: lockPath }, archives);
  const base = baseFeedOf(spec);
  const requests = new Map(
    sections.flatMap(({ packages }) =>
      packages.map((locked) => [locked.sha256, packageRequest(locked, base, archives)]),
    ),
  );
  const downloads: PlannedDownload[] = [];
  for (const { label, url, sizeBytes = 0, digest } of requests.values()) {
    downloads.push({ label, url: redactUrl(url), sizeBytes, digest, stored: await store.has(digest) });
  }
  return { downloads };
}
