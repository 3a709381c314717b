import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** What scripts/fill-test-store.ts prepares, and tests read. */
export const testCache: string = process.env.KILOPY_TEST_CACHE ?? join(homedir(), '.cache', 'kilopy-test');

/** A mirror that exists only behind the proxy below, so that its URL is the same in every run and on every machine. */
export const recordedMirror = 'http://debian.test/debian';

const origin = new URL(recordedMirror).origin;
const folder = join(testCache, 'mirror');

export const mainRelease = '/debian/dists/trixie/InRelease';

/** Signed lists of contents are recorded; packages and indexes are in the store by their digests. */
export const recordedPaths: readonly string[] = [
  mainRelease,
  '/debian/dists/trixie-updates/InRelease',
  '/debian-security/dists/trixie-security/InRelease',
];

export interface RecordedMirror {
  /** Environment of a kilopy that is to use it: a proxy and the mirror's name. */
  readonly env: Readonly<Record<string, string>>;
  /** Paths that were asked for and are not recorded. */
  readonly refused: string[];
  close(): Promise<void>;
}

export type Upstream = (path: string) => Promise<{ readonly status: number; readonly body: Uint8Array }>;

/**
 * An HTTP proxy on loopback that knows one host, Debian's mirror as it was when the test store was filled. Without
 * `upstream` nothing but the recorded files is there; with it the answers are fetched, and recorded where they are to be.
 */
export async function startRecordedMirror(upstream?: Upstream): Promise<RecordedMirror> {
  const refused: string[] = [];
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    if (url.startsWith(`${origin}/`)) {
      answer(url.slice(origin.length), response).catch((error: unknown) => {
        refused.push(url);
        response.writeHead(502).end((error as Error).message);
      });
    } else {
      refused.push(url);
      response.writeHead(403).end();
    }
  });
  async function answer(path: string, response: ServerResponse): Promise<void> {
    const isRecorded = recordedPaths.includes(path);
    if (upstream !== undefined) {
      const { status, body } = await upstream(path);
      if (isRecorded && status === 200) record(path, body);
      response.writeHead(status, { 'content-length': body.length }).end(body);
    } else if (isRecorded) {
      const body = readFileSync(recordedFile(path));
      response.writeHead(200, { 'content-length': body.length }).end(body);
    } else {
      refused.push(path);
      response.writeHead(404).end();
    }
  }
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    env: { HTTP_PROXY: `http://127.0.0.1:${String(port)}`, KILOPY_DEBIAN_MIRROR: recordedMirror },
    refused,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** The environment in which every use of the network fails at once, and the store answers for the recorded mirror. */
export const deadNetwork: Readonly<Record<string, string>> = {
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  KILOPY_ATTEMPTS: '1',
  KILOPY_DEBIAN_MIRROR: recordedMirror,
};

/** Why the recorded files cannot be used at this time; undefined when they can. */
export function recordingFault(nowMs: number): string | undefined {
  for (const path of recordedPaths) {
    if (!existsSync(recordedFile(path))) return `${path} has not been recorded`;
    const until = /^Valid-Until: (.*)$/mu.exec(readFileSync(recordedFile(path), 'utf8'))?.[1];
    if (until !== undefined && Date.parse(until) < nowMs + 3_600_000) return `${path} is valid until ${until} only`;
  }
  return undefined;
}

function recordedFile(path: string): string {
  return join(folder, path);
}

function record(path: string, body: Uint8Array): void {
  const file = recordedFile(path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, body);
  renameSync(`${file}.new`, file);
}
