import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a path of the fault server does. Bodies may be text. */
export type Route =
  /** The file, with ETag, conditional requests and Range (`ignored`: 200 and the whole; `misplaced`: 206 from byte 0). */
  | {
      readonly kind: 'ok';
      readonly body: Uint8Array | string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly range?: 'honoured' | 'ignored' | 'misplaced';
      /** Sent in place of the true length; the connection is closed after the body. */
      readonly contentLength?: number;
      /** Chunked, so that the client does not know the length. */
      readonly chunked?: boolean;
    }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** One route for each request, in turn; the last one stays. */
  | { readonly kind: 'sequence'; readonly routes: readonly Route[] }
  /** Sends so many bytes of the (rest of the) body and then nothing, with the connection open. -1: not even headers. */
  | { readonly kind: 'stall'; readonly body: Uint8Array | string; readonly afterBytes: number }
  /** Sends so many bytes of the (rest of the) body and closes the connection. -1: not even headers. */
  | { readonly kind: 'cut'; readonly body: Uint8Array | string; readonly afterBytes: number }
  | {
      readonly kind: 'drip';
      readonly body: Uint8Array | string;
      readonly chunkBytes: number;
      readonly pauseMs: number;
    }
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: number }
  /** The sign-in page of a guest network: 200, text/html. */
  | { readonly kind: 'html'; readonly body?: string };

interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

export interface FaultServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** By path with query; may be changed at any time. Other paths go to `fallback`, or are 404. */
  readonly routes: Map<string, Route>;
  readonly requests: SeenRequest[];
  fallback: ((path: string) => Route | undefined) | undefined;
  /** Times that a path was asked for. */
  count(path: string): number;
  close(): Promise<void>;
}

const signInPage = '<!doctype html><title>Welcome</title><p>Please sign in to the guest network.</p>';

/** An HTTP server on loopback that fails as told, and writes down what it is asked. */
export async function startFaultServer(routes: Readonly<Record<string, Route>> = {}): Promise<FaultServer> {
  const table = new Map(Object.entries(routes));
  const requests: SeenRequest[] = [];
  const turns = new Map<Route, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push({ method: request.method ?? '', path, headers: request.headers });
    request.resume();
    const route = table.get(path) ?? handle.fallback?.(path) ?? { kind: 'status', status: 404 };
    answer(route, request, response, turns).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const handle: FaultServer = {
    url: `http://127.0.0.1:${String(port)}`,
    routes: table,
    requests,
    fallback: undefined,
    count: (path) => requests.filter((request) => request.path === path).length,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return handle;
}

async function answer(
  route: Route,
  request: IncomingMessage,
  response: ServerResponse,
  turns: Map<Route, number>,
): Promise<void> {
  switch (route.kind) {
    case 'ok':
      sendFile(route, request, response);
      return;
    case 'status':
      response.writeHead(route.status, route.headers);
      response.end(route.body);
      return;
    case 'sequence': {
      const turn = turns.get(route) ?? 0;
      turns.set(route, turn + 1);
      const next = route.routes[Math.min(turn, route.routes.length - 1)];
      if (next === undefined) response.destroy();
      else await answer(next, request, response, turns);
      return;
    }
    case 'stall':
    case 'cut': {
      if (route.afterBytes >= 0) {
        const rest = beginRest(route.body, request, response);
        if (route.afterBytes > 0) {
          await written(response, rest.subarray(0, route.afterBytes));
          // What a client has not yet read when the connection breaks is lost to it.
          if (route.kind === 'cut') await sleep(100);
        }
      }
      if (route.kind === 'cut') response.destroy();
      return;
    }
    case 'drip': {
      const rest = beginRest(route.body, request, response);
      for (let at = 0; at < rest.length && !response.destroyed; at += route.chunkBytes) {
        await written(response, rest.subarray(at, at + route.chunkBytes));
        await sleep(route.pauseMs);
      }
      response.end();
      return;
    }
    case 'redirect':
      response.writeHead(route.status ?? 302, { location: route.to });
      response.end();
      return;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(route.body ?? signInPage);
  }
}

function sendFile(route: Extract<Route, { kind: 'ok' }>, request: IncomingMessage, response: ServerResponse): void {
  const body = Buffer.from(route.body);
  const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
  const headers: Record<string, string> = { etag, 'content-type': 'application/octet-stream', ...route.headers };
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers);
    response.end();
    return;
  }
  const start = rangeStart(request);
  if (start !== undefined && route.range !== 'ignored') {
    if (start >= body.length) {
      response.writeHead(416, { 'content-range': `bytes */${String(body.length)}` });
      response.end();
      return;
    }
    const from = route.range === 'misplaced' ? 0 : start;
    headers['content-range'] = `bytes ${String(from)}-${String(body.length - 1)}/${String(body.length)}`;
    headers['content-length'] = String(body.length - from);
    response.writeHead(206, headers);
    response.end(request.method === 'HEAD' ? undefined : body.subarray(from));
    return;
  }
  if (route.chunked !== true) headers['content-length'] = String(route.contentLength ?? body.length);
  response.writeHead(200, headers);
  if (request.method === 'HEAD') response.end();
  else if (route.contentLength === undefined) response.end(body);
  else response.write(body, () => response.destroy());
}

/** Sends the headers for the rest that a Range asks for, or the whole, and gives that rest. */
function beginRest(body: Uint8Array | string, request: IncomingMessage, response: ServerResponse): Buffer {
  const whole = Buffer.from(body);
  const start = rangeStart(request) ?? 0;
  const rest = whole.subarray(start);
  const range = `bytes ${String(start)}-${String(whole.length - 1)}/${String(whole.length)}`;
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': rest.length,
    ...(start > 0 ? { 'content-range': range } : {}),
  });
  response.flushHeaders();
  return rest;
}

function rangeStart(request: IncomingMessage): number | undefined {
  const found = /^bytes=(\d+)-$/u.exec(request.headers.range ?? '');
  return found === null ? undefined : Number(found[1]);
}

function written(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    response.write(bytes, () => resolve());
  });
}
