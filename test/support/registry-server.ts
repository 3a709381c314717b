import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one request. */
export type RegistryFault =
  /** The connection ends before anything was done. */
  | 'drop'
  /** Everything is done, and the answer is lost. */
  | 'drop-answer'
  /** Half of the request's body arrives, or half of the answer's. */
  | 'cut'
  | '429'
  | '500'
  | '503'
  /** Other bytes come down; what came up is found to have another digest. */
  | 'wrong-digest'
  /** No answer, with the connection open. */
  | 'stall'
  /** All connections end, and uploads that are under way are forgotten. */
  | 'restart';

export const registryFaults: readonly RegistryFault[] = [
  'drop',
  'drop-answer',
  'cut',
  '429',
  '500',
  '503',
  'wrong-digest',
  'stall',
  'restart',
];

export interface RegistryRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

export interface TestRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly requests: RegistryRequest[];
  /** By `REPOSITORY@DIGEST` and `REPOSITORY:TAG`. */
  readonly manifests: Map<string, { readonly type: string; readonly bytes: Buffer }>;
  /** By `REPOSITORY@DIGEST`. */
  readonly blobs: Map<string, Buffer>;
  /** Asked once for each request below /v2/. */
  fault: ((request: RegistryRequest) => RegistryFault | undefined) | undefined;
  /** How it wants to be signed in to. */
  auth: RegistryAuth | undefined;
  /** Answers before everything else; true when it did. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** Uploads must begin with this much in a piece. */
  chunkMinBytes: number | undefined;
  count(method: string, pattern: RegExp): number;
  /** References of tags whose image is not there in every part, to its last blob. */
  partial(): readonly string[];
  close(): Promise<void>;
}

export interface RegistryAuth {
  readonly scheme: 'basic' | 'bearer';
  readonly user: string;
  readonly password: string;
  /** What a refresh token in place of user and password is. */
  readonly identityToken?: string;
  /** Requests for which one token is good. */
  readonly tokenUses?: number;
  /** What may be done: `pull`, `pull,push`. */
  readonly rights?: string;
}

interface Upload {
  bytes: Buffer;
}

/**
 * A registry on loopback by the distribution specification, in memory: uploads in one piece, in pieces and resumed,
 * mounts, tokens. It keeps nothing that does not match its digest, and no manifest whose parts are missing. Fails as told.
 */
export async function startTestRegistry(): Promise<TestRegistry> {
  const requests: RegistryRequest[] = [];
  const manifests: TestRegistry['manifests'] = new Map();
  const blobs: TestRegistry['blobs'] = new Map();
  const uploads = new Map<string, Upload>();
  const tokens = new Map<string, number>();
  let counter = 0;
  const server = createServer((request, response) => {
    request.on('error', () => undefined);
    handle(request, response).catch(() => response.destroy());
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://registry');
    const { method = 'GET' } = request;
    const seen = { method, path: request.url ?? '/', authorization: request.headers.authorization };
    requests.push(seen);
    if (registry.intercept?.(request, response) === true) return;
    if (url.pathname === '/token') return token(request, url, response, await bodyOf(request));
    const fault = registry.fault?.(seen);
    if (fault === 'stall') return;
    if (fault === 'drop') return void response.destroy();
    if (fault === 'restart') {
      uploads.clear();
      response.destroy();
      server.closeAllConnections();
      return;
    }
    const body = await bodyOf(request);
    if (fault === '429') return say(response, 429, { 'retry-after': '0' }, refusal('TOOMANYREQUESTS', 'slow down'));
    if (fault === '500' || fault === '503') return say(response, Number(fault), {}, 'out of order');
    const spoil = fault === 'wrong-digest' || fault === 'cut' || fault === 'drop-answer' ? fault : undefined;
    const answer =
      allowed(seen, url) ??
      respond(method, url, request, spoil === 'cut' ? body.subarray(0, body.length >> 1) : body, spoil);
    if (spoil === 'drop-answer') return void response.destroy();
    if (spoil === 'cut') return cut(response, answer);
    const spoiled = spoil === 'wrong-digest' && method === 'GET' && answer.body.length > 0;
    say(response, answer.status, answer.headers, spoiled ? flipped(answer.body) : answer.body, method === 'HEAD');
  }

  function allowed(seen: RegistryRequest, url: URL): Answer | undefined {
    const { auth } = registry;
    if (auth === undefined) return undefined;
    const given = seen.authorization ?? '';
    const basic = `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}`;
    const realm = `http://${registry.host}/token`;
    const header = auth.scheme === 'basic' ? 'Basic realm="test"' : `Bearer realm="${realm}",service="test"`;
    const wantsPush = !['GET', 'HEAD'].includes(seen.method);
    if (auth.scheme === 'basic' && given === basic) return undefined;
    const left = tokens.get(given.replace('Bearer ', ''));
    if (auth.scheme === 'bearer' && left !== undefined && left > 0) {
      if (url.pathname !== '/v2/') tokens.set(given.replace('Bearer ', ''), left - 1);
      if (!wantsPush || (auth.rights ?? 'pull,push').includes('push')) return undefined;
      return refuse(403, 'DENIED', 'requested access to the resource is denied');
    }
    return { ...refuse(401, 'UNAUTHORIZED', 'authentication required'), headers: { 'www-authenticate': header } };
  }

  function token(request: IncomingMessage, url: URL, response: ServerResponse, body: Buffer): void {
    const { auth } = registry;
    const form = new URLSearchParams(body.toString());
    const basic = `Basic ${Buffer.from(`${auth?.user ?? ''}:${auth?.password ?? ''}`).toString('base64')}`;
    const known =
      request.method === 'POST'
        ? form.get('refresh_token') === auth?.identityToken
        : request.headers.authorization === basic && url.searchParams.get('service') === 'test';
    if (!known) return say(response, 401, {}, refusal('UNAUTHORIZED', 'incorrect username or password'));
    const value = `token-${String((counter += 1))}`;
    tokens.set(value, auth?.tokenUses ?? Infinity);
    say(response, 200, { 'content-type': 'application/json' }, JSON.stringify({ access_token: value }));
  }

  function respond(
    method: string,
    url: URL,
    request: IncomingMessage,
    body: Buffer,
    spoil: string | undefined,
  ): Answer {
    if (url.pathname === '/v2/') return { status: 200, headers: {}, body: Buffer.from('{}') };
    const [, repository = '', kind = '', rest = ''] =
      /^\/v2\/(.+?)\/(manifests|blobs\/uploads|blobs|tags)\/(.*)$/u.exec(url.pathname) ?? [];
    if (kind === 'manifests') return manifest(method, repository, rest, request, body, spoil);
    if (kind === 'blobs') return blob(repository, rest, request);
    if (kind === 'tags') return tagList(repository);
    if (kind === 'blobs/uploads') return upload(method, repository, rest, url, request, body, spoil);
    return refuse(404, 'NOT_FOUND', 'no such thing');
  }

  function tagList(repository: string): Answer {
    const tags = [...manifests.keys()]
      .filter((key) => key.startsWith(`${repository}:`))
      .map((key) => key.slice(repository.length + 1));
    return { status: 200, headers: {}, body: Buffer.from(JSON.stringify({ name: repository, tags })) };
  }

  function manifest(
    method: string,
    repository: string,
    name: string,
    request: IncomingMessage,
    body: Buffer,
    spoil: string | undefined,
  ): Answer {
    const key = `${repository}${name.startsWith('sha256:') ? '@' : ':'}${name}`;
    if (method === 'PUT') {
      const digest = digestOf(body);
      if (spoil === 'wrong-digest') return refuse(503, 'UNAVAILABLE', 'a disk of this registry is full');
      if (name.startsWith('sha256:') && name !== digest)
        return refuse(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
      const lacks = missingParts(repository, body);
      if (lacks === undefined) return refuse(400, 'MANIFEST_INVALID', 'no manifest');
      if (lacks.length > 0) return refuse(400, 'MANIFEST_BLOB_UNKNOWN', `blob unknown: ${lacks.join()}`);
      const kept = { type: request.headers['content-type'] ?? '', bytes: body };
      manifests.set(key, kept).set(`${repository}@${digest}`, kept);
      return { status: 201, headers: { 'docker-content-digest': digest }, body: Buffer.alloc(0) };
    }
    const found = manifests.get(key);
    if (found === undefined) return refuse(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    return {
      status: 200,
      headers: { 'content-type': found.type, 'docker-content-digest': digestOf(found.bytes) },
      body: found.bytes,
    };
  }

  function missingParts(repository: string, body: Buffer): string[] | undefined {
    const parsed = parts(body);
    if (parsed === undefined) return undefined;
    const blobsLack = parsed.blobs.filter((digest) => !blobs.has(`${repository}@${digest}`));
    return [...blobsLack, ...parsed.children.filter((digest) => !manifests.has(`${repository}@${digest}`))];
  }

  function blob(repository: string, digest: string, request: IncomingMessage): Answer {
    const found = blobs.get(`${repository}@${digest}`);
    if (found === undefined) return refuse(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    const start = Number(/^bytes=(\d+)-$/u.exec(request.headers.range ?? '')?.[1] ?? 0);
    const headers = { 'docker-content-digest': digest };
    if (start === 0) return { status: 200, headers, body: found };
    const range = `bytes ${String(start)}-${String(found.length - 1)}/${String(found.length)}`;
    return { status: 206, headers: { ...headers, 'content-range': range }, body: found.subarray(start) };
  }

  function upload(
    method: string,
    repository: string,
    id: string,
    url: URL,
    request: IncomingMessage,
    body: Buffer,
    spoil: string | undefined,
  ): Answer {
    const empty = Buffer.alloc(0);
    if (method === 'POST') {
      const from = url.searchParams.get('from') ?? '';
      const mount = url.searchParams.get('mount') ?? '';
      const there = blobs.get(`${from}@${mount}`);
      if (there !== undefined) {
        blobs.set(`${repository}@${mount}`, there);
        return { status: 201, headers: { location: `/v2/${repository}/blobs/${mount}` }, body: empty };
      }
      const fresh = String((counter += 1));
      uploads.set(fresh, { bytes: empty });
      const least =
        registry.chunkMinBytes === undefined ? {} : { 'oci-chunk-min-length': String(registry.chunkMinBytes) };
      return { status: 202, headers: { location: place(repository, fresh), ...least }, body: empty };
    }
    const state = uploads.get(id);
    if (state === undefined) return refuse(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
    const range = (): string => `0-${String(Math.max(0, state.bytes.length - 1))}`;
    if (method === 'GET')
      return { status: 204, headers: { range: range(), location: place(repository, id) }, body: empty };
    const start = /^(\d+)-\d+$/u.exec(request.headers['content-range'] ?? '')?.[1];
    if (start !== undefined && Number(start) !== state.bytes.length)
      return { ...refuse(416, 'BLOB_UPLOAD_INVALID', 'out of order'), headers: { range: range() } };
    state.bytes = Buffer.concat([state.bytes, body]);
    if (method === 'PATCH') {
      if (spoil === 'wrong-digest') return refuse(500, 'UNKNOWN', 'out of order');
      return { status: 202, headers: { range: range(), location: place(repository, id) }, body: empty };
    }
    const wanted = url.searchParams.get('digest') ?? '';
    if (spoil === 'cut') return refuse(500, 'UNKNOWN', 'half of it came');
    uploads.delete(id);
    if (digestOf(state.bytes) !== wanted || spoil === 'wrong-digest')
      return refuse(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    blobs.set(`${repository}@${wanted}`, state.bytes);
    return { status: 201, headers: { 'docker-content-digest': wanted }, body: empty };
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const registry: TestRegistry = {
    host: `127.0.0.1:${String(port)}`,
    requests,
    manifests,
    blobs,
    fault: undefined,
    auth: undefined,
    intercept: undefined,
    chunkMinBytes: undefined,
    count: (method, pattern) => requests.filter((one) => one.method === method && pattern.test(one.path)).length,
    partial: () => [...manifests.keys()].filter((key) => !isWhole(key)),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };

  function isWhole(key: string): boolean {
    const found = manifests.get(key);
    const repository = key.replace(/[:@].*$/u, '');
    const { blobs: below, children } = parts(found?.bytes ?? Buffer.alloc(0)) ?? { blobs: ['?'], children: [] };
    const whole = (digest: string): boolean =>
      digestOf(blobs.get(`${repository}@${digest}`) ?? Buffer.from('?')) === digest;
    return below.every(whole) && children.every((digest) => isWhole(`${repository}@${digest}`));
  }
  return registry;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

function place(repository: string, id: string): string {
  return `/v2/${repository}/blobs/uploads/${id}?state=${id}`;
}

function refusal(code: string, message: string): string {
  return JSON.stringify({ errors: [{ code, message, detail: null }] });
}

function refuse(status: number, code: string, message: string): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(refusal(code, message)) };
}

function parts(bytes: Buffer): { readonly blobs: string[]; readonly children: string[] } | undefined {
  type Part = { readonly digest: string };
  try {
    const {
      config,
      layers = [],
      manifests = [],
    } = JSON.parse(bytes.toString()) as { config?: Part; layers?: Part[]; manifests?: Part[] };
    const below = config === undefined ? [] : [config, ...layers];
    return { blobs: below.map(({ digest }) => digest), children: manifests.map(({ digest }) => digest) };
  } catch {
    return undefined;
  }
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}

function say(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array | string,
  isHead = false,
): void {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
  response.end(isHead ? undefined : body);
}

function cut(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { 'content-length': answer.body.length + 1, ...answer.headers });
  response.write(answer.body.subarray(0, answer.body.length >> 1), () => response.destroy());
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
