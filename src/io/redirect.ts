import type { HttpRequest, HttpResponse } from './http-client.ts';

/** One request in a chain of redirects. */
export interface Hop {
  readonly url: string;
  readonly method: NonNullable<HttpRequest['method']>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: HttpRequest['body'];
}

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const secretHeaders: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);

/**
 * The request that a redirect asks for (RFC 9110, 15.4), or undefined when the answer is no redirect. Secrets are not
 * carried to another origin: registries redirect to storage of other companies. 303 turns everything but HEAD into GET;
 * other redirects of requests with a body are left to the caller, because an upload has an address on purpose.
 */
export function followRedirect(hop: Hop, response: Pick<HttpResponse, 'status' | 'headers'>): Hop | undefined {
  const location = response.headers['location'];
  if (!redirectStatuses.has(response.status) || location === undefined) return undefined;
  if (!URL.canParse(location, hop.url)) return undefined;
  const isRead = hop.method === 'GET' || hop.method === 'HEAD';
  if (!isRead && response.status !== 303) return undefined;
  const target = new URL(location, hop.url);
  const sameOrigin = target.origin === new URL(hop.url).origin;
  if (sameOrigin && target.username === '' && target.password === '') carryCredentials(new URL(hop.url), target);
  return {
    url: target.href,
    method: hop.method === 'HEAD' ? 'HEAD' : 'GET',
    headers: sameOrigin ? hop.headers : withoutSecrets(hop.headers),
    body: undefined,
  };
}

function carryCredentials(from: URL, to: URL): void {
  to.username = from.username;
  to.password = from.password;
}

function withoutSecrets(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !secretHeaders.has(name.toLowerCase())));
}
