import type { HttpRequest, HttpResponse } from './http-client.ts';
import { httpError } from './http-error.ts';
import type { Hop } from './redirect.ts';
import { version } from './version.ts';

/** One request on the wire, as asked: no redirect is followed. Throws what Node or undici throw, see http-error.ts. */
export type Transport = (url: URL, hop: Hop, options: HttpRequest) => Promise<HttpResponse>;

export const connectTimeoutMs = 15_000;
/** At once to one server. */
export const connections = 8;
/** As much of a body that nobody wants is read, so that its connection can be used again. */
export const discardBytes = 65_536;

const userAgent = `kilopy/${version}`;
const defaultStallMs = 30_000;

export function stallMsOf(options: HttpRequest): number {
  return options.stallMs ?? defaultStallMs;
}

/** The headers of a request, names in lower case: bodies as they are, and Basic authentication from the URL. */
export function headersOf(url: URL, hop: Hop): Record<string, string> {
  const given = Object.entries(hop.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    'user-agent': userAgent,
    'accept-encoding': 'identity',
    ...basicAuthorization(url),
    ...Object.fromEntries(given),
  };
}

function basicAuthorization(url: URL): Record<string, string> {
  if (url.username === '' && url.password === '') return {};
  const text = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` };
}

/** Names in lower case, values of repeated headers in one line. */
export function flatten(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
}

/** A body as it comes; what breaks it names the URL. */
export async function* readBody(
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
