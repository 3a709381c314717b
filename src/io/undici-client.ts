import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { KilopyError } from '../errors/kilopy-error.ts';
import { httpError, namingProxy } from './http-error.ts';
import type { HttpClient, HttpRequest, HttpResponse } from './http-client.ts';
import { followRedirect, type Hop } from './redirect.ts';
import { redactUrl } from './redact-url.ts';
import { version } from './version.ts';

const maxRedirects = 10;
const userAgent = `kilopy/${version}`;
const defaultStallMs = 30_000;
const connectTimeoutMs = 15_000;

/**
 * HTTP over undici: proxies from `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` (either case), redirects
 * followed, credentials in a URL sent as Basic authentication, bodies as they are on the wire. Fails with KP6010 (no
 * connection), KP6013 (silence), KP6014 (redirects), KP6015 (cut short), KP6018 (TLS), KP1002 (interrupted); a status
 * is a value. undici is loaded by the first request: it costs more than the rest of the start of kilopy.
 */
export function createUndiciClient(env: Readonly<Record<string, string | undefined>>): HttpClient {
  let agent: Promise<Dispatcher> | undefined;
  return {
    async request(url, options) {
      agent ??= createAgent(env);
      try {
        return await requestFollowing(await agent, url, options);
      } catch (error) {
        const { httpProxy, httpsProxy } = proxiesOf(env);
        throw namingProxy(error, [httpProxy, httpsProxy]);
      }
    },
  };
}

async function createAgent(env: Readonly<Record<string, string | undefined>>): Promise<Dispatcher> {
  const { EnvHttpProxyAgent } = await import('undici');
  return new EnvHttpProxyAgent({
    ...proxiesOf(env),
    noProxy: env['no_proxy'] ?? env['NO_PROXY'] ?? '',
    // Proxies commonly refuse CONNECT to port 80; plain HTTP goes as an absolute URL.
    proxyTunnel: false,
    connections: 8,
    connect: { timeout: connectTimeoutMs },
  });
}

/** Empty strings rather than undefined, which would make undici look into process.env. */
function proxiesOf(env: Readonly<Record<string, string | undefined>>): { httpProxy: string; httpsProxy: string } {
  const all = env['all_proxy'] ?? env['ALL_PROXY'] ?? '';
  return {
    httpProxy: env['http_proxy'] ?? env['HTTP_PROXY'] ?? all,
    httpsProxy: env['https_proxy'] ?? env['HTTPS_PROXY'] ?? all,
  };
}

async function requestFollowing(agent: Dispatcher, url: string, options: HttpRequest): Promise<HttpResponse> {
  let hop: Hop = { url, method: options.method ?? 'GET', headers: options.headers ?? {}, body: options.body };
  const seen = new Set<string>();
  for (;;) {
    seen.add(`${hop.method} ${hop.url}`);
    const response = await requestOnce(agent, hop, options);
    const next = followRedirect(hop, response);
    if (next === undefined) return response;
    await response.discard();
    if (!/^https?:/u.test(next.url)) throw redirectError(url, `${redactUrl(next.url)} is not an HTTP address`);
    if (seen.has(`${next.method} ${next.url}`)) throw redirectError(url, `${redactUrl(next.url)} leads back to itself`);
    if (seen.size > maxRedirects) throw redirectError(url, `there are more than ${String(maxRedirects)} redirects`);
    hop = next;
  }
}

function redirectError(url: string, why: string): KilopyError {
  return new KilopyError('KP6014', `The redirects of ${redactUrl(url)} lead nowhere`, { where: redactUrl(url), why });
}

async function requestOnce(agent: Dispatcher, hop: Hop, options: HttpRequest): Promise<HttpResponse> {
  const { request } = await import('undici');
  const url = parseHttpUrl(hop.url);
  const headers: Record<string, string> = {
    'user-agent': userAgent,
    'accept-encoding': 'identity',
    ...basicAuthorization(url),
    ...lowerCaseNames(hop.headers),
  };
  const stallMs = options.stallMs ?? defaultStallMs;
  try {
    const answer = await request(url.origin + url.pathname + url.search, {
      dispatcher: agent,
      method: hop.method,
      headers,
      ...(hop.body === undefined ? {} : { body: toBody(hop.body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      headersTimeout: stallMs,
      bodyTimeout: stallMs,
    });
    return {
      url: hop.url,
      status: answer.statusCode,
      headers: flatten(answer.headers),
      body: readBody(answer.body, hop.url, options.signal),
      async discard() {
        // Nobody listens any more: an error of the abandoned transfer is not news.
        answer.body.on('error', () => undefined);
        await answer.body.dump({ limit: 65_536 }).catch(() => undefined);
      },
    };
  } catch (error) {
    throw httpError(error, hop.url, options.signal);
  }
}

async function* readBody(
  body: AsyncIterable<Uint8Array>,
  url: string,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw httpError(error, url, signal);
  }
}

function toBody(body: Uint8Array | AsyncIterable<Uint8Array>): Uint8Array | Readable {
  return body instanceof Uint8Array ? body : Readable.from(body, { objectMode: false });
}

function parseHttpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new KilopyError('KP6014', `${redactUrl(text)} is not an HTTP address`, {
    where: redactUrl(text),
    why: 'only http:// and https:// can be downloaded from',
  });
}

function basicAuthorization(url: URL): Record<string, string> {
  if (url.username === '' && url.password === '') return {};
  const text = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` };
}

function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
}
