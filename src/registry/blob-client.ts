import type { HttpClient } from '../io/http-client.ts';
import { passingStatuses } from '../io/retry.ts';
import type { Digest } from '../values/digest.ts';
import { readRefusal, refusalError } from './registry-error.ts';
import type { RegistrySession } from './session.ts';

/** Where a blob of a repository is (distribution-spec, "Pulling blobs"). */
export function blobUrl(session: RegistrySession, digest: Digest): string {
  return `${session.root}/blobs/${digest}`;
}

/**
 * The client for downloads of blobs: signed in, and with refusals in the registry's own words. Faults that may pass and
 * the answers to Range are the caller's, as for every download.
 */
export function blobClient(session: RegistrySession): HttpClient {
  return {
    async request(url, request) {
      const response = await session.http.request(url, request);
      const { status } = response;
      if (status < 400 || status === 416 || passingStatuses.has(status)) return response;
      const refusal = await readRefusal(response);
      throw refusalError(refusal, session.ask(`layer ${url.slice(url.lastIndexOf('/') + 1)}`, url));
    },
  };
}
