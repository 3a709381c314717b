import { Agent, request, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import type { HttpRequest, HttpResponse } from './http-client.ts';
import {
  connections,
  connectTimeoutMs,
  discardBytes,
  flatten,
  headersOf,
  readBody,
  stallMsOf,
  type Transport,
} from './http-transport.ts';
import type { Hop } from './redirect.ts';

/** HTTP over Node's own client, without proxies. Connections are used again. */
export function createNodeTransport(): Transport {
  const open = opener();
  return async (url, hop, options) => {
    for (;;) {
      const out = await open(url, {
        method: hop.method,
        headers: headersOf(url, hop),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      try {
        return responseOf(await answerOf(out, hop, options), hop, options);
      } catch (error) {
        if (!wasClosedBetween(out, error, hop)) throw error;
      }
    }
  };
}

/** How long a connection that nobody uses is kept: less than servers and what lies between keep theirs. */
const idleMs = 4000;

/** The program is loaded without TLS, which only https:// needs. */
function opener(): (url: URL, options: RequestOptions) => Promise<ClientRequest> {
  const keeping = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections, timeout: idleMs };
  let plain: Agent | undefined;
  let secure: Agent | undefined;
  return async ({ protocol, hostname, port, pathname, search }, more) => {
    const options = {
      ...more,
      protocol,
      hostname: hostname.replace(/^\[|\]$/gu, ''),
      port,
      path: pathname + search,
    };
    if (protocol === 'http:') {
      plain ??= new Agent(keeping);
      return request({ ...options, agent: plain });
    }
    const https = await import('node:https');
    secure ??= new https.Agent(keeping);
    return https.request({ ...options, agent: secure });
  };
}

/** The server closed a kept connection while this request was on its way: it has done nothing with it. */
function wasClosedBetween(out: ClientRequest, error: unknown, { method, body }: Hop): boolean {
  if (!out.reusedSocket || method === 'POST' || method === 'PATCH') return false;
  if (body !== undefined && !(body instanceof Uint8Array)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

async function answerOf(out: ClientRequest, { body }: Hop, options: HttpRequest): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined;
    // Stays: what happens to the request after its answer began shows in the answer.
    out.on('error', reject);
    out.once('response', (response) => {
      answer = response;
      resolve(response);
    });
    out.once('close', () => reject(failure('ECONNRESET', 'the connection was closed')));
    limitConnecting(out);
    limitSilence(out, stallMsOf(options), () => {
      if (!isOurTurn(out, answer)) (answer ?? out).destroy(failure('STALLED', 'no byte arrived'));
    });
    if (body === undefined || body instanceof Uint8Array) out.end(body);
    else pipeline(Readable.from(telling(body, reject), { objectMode: false }), out, () => undefined);
  });
}

/** The body, and what goes wrong with it: the request would only say that it was ended. */
async function* telling(
  body: AsyncIterable<Uint8Array>,
  failed: (error: unknown) => void,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* body;
  } catch (error) {
    failed(error);
    throw error;
  }
}

/** Whether the silence is ours: the body that we send is not there yet, or nobody has taken what has arrived. */
function isOurTurn(out: ClientRequest, answer: IncomingMessage | undefined): boolean {
  if (answer !== undefined) return answer.readableLength > 0;
  return !out.writableEnded && !out.writableNeedDrain;
}

/**
 * Calls `silent` each time that nothing has gone over the connection for so long. The request's own `setTimeout` says it once only, and a silence of ours may be followed by
 * one of the server.
 */
function limitSilence(out: ClientRequest, stallMs: number, silent: () => void): void {
  out.once('socket', (socket) => {
    const heard = (): void => {
      silent();
      // A socket is silent once, until something goes over it or it is told again.
      if (!socket.destroyed) socket.setTimeout(stallMs);
    };
    const begin = (): void => void socket.setTimeout(stallMs);
    if (socket.connecting) socket.once('connect', begin);
    else begin();
    socket.on('timeout', heard);
    // Before the agent keeps the connection for the next request.
    out.once('close', () => {
      socket.off('connect', begin).off('timeout', heard).setTimeout(0);
    });
  });
}

/** Name, connection and TLS together. */
function limitConnecting(out: ClientRequest): void {
  out.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => out.destroy(failure('ETIMEDOUT', 'no connection in time')), connectTimeoutMs);
    const done = (): void => {
      clearTimeout(timer);
    };
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', done);
    socket.once('close', done);
  });
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function responseOf(answer: IncomingMessage, hop: Hop, options: HttpRequest): HttpResponse {
  // Nobody may be reading yet, or ever.
  answer.on('error', () => undefined);
  const status = answer.statusCode ?? 0;
  const empty = hop.method === 'HEAD' || status === 204 || status === 304;
  if (empty) answer.resume();
  return {
    url: hop.url,
    status,
    headers: flatten(answer.headers),
    body: readBody(bodyOf(answer, empty), hop.url, options.signal),
    async discard() {
      await discard(answer);
    },
  };
}

async function* bodyOf(answer: IncomingMessage, empty: boolean): AsyncIterable<Uint8Array> {
  if (empty) await discard(answer);
  else yield* answer as AsyncIterable<Uint8Array>;
}

async function discard(answer: IncomingMessage): Promise<void> {
  if (answer.closed || answer.readableEnded) return;
  await new Promise<void>((resolve) => {
    let bytes = 0;
    answer.once('end', resolve);
    answer.once('close', resolve);
    answer.on('data', (chunk: Uint8Array) => {
      bytes += chunk.length;
      if (bytes > discardBytes) answer.destroy();
    });
  });
}
