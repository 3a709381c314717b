import { hasShape, objectOf, optional, string, type Shape } from '../codec/json-shape.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { HttpRequest, HttpResponse } from '../io/http-client.ts';
import { passingStatuses, statusError, withRetries } from '../io/retry.ts';
import type { Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { isPlain, type RegistryAccess } from './endpoint.ts';
import { readRefusal, refusalError } from './registry-error.ts';

type Bearer = Extract<Challenge, { scheme: 'bearer' }>;

export interface TokenQuestion {
  readonly challenge: Bearer;
  readonly credentials: Credentials | undefined;
  /** `repository:me/http:pull,push` */
  readonly scopes: readonly string[];
  /** `HOST/REPOSITORY`, for messages. */
  readonly place: string;
  readonly action: 'pull' | 'push';
}

const tokenAnswer: Shape<{ readonly token?: string | undefined; readonly access_token?: string | undefined }> =
  objectOf({
    token: optional(string),
    access_token: optional(string),
  });

/**
 * Asks the token server that a registry names (distribution docs, "Token authentication" and "OAuth2 token
 * authentication"). Secrets only go there over TLS, or over plain http where that is allowed.
 *
 * @throws KilopyError KP6102, KP6103, KP6115, and as `withRetries` does
 */
export async function fetchToken(ctx: Context, access: RegistryAccess, question: TokenQuestion): Promise<string> {
  const { challenge, credentials, scopes, place, action } = question;
  if (!URL.canParse(challenge.realm)) throw unusable(place, `its token server is "${challenge.realm}"`);
  const realm = new URL(challenge.realm);
  if (realm.protocol !== 'https:' && !isPlain(realm.host, access)) throw openRealm(place, realm);
  const request = tokenRequest(realm, challenge.service, credentials, scopes);
  const { url } = request;
  return await withRetries(ctx, url, async () => {
    let response: HttpResponse;
    try {
      response = await ctx.http.request(url, { ...request.options, signal: ctx.signal, stallMs: ctx.limits.stallMs });
      if (response.status === 200) return { done: parseToken(place, await textOf(response)) };
    } catch (error) {
      if (error instanceof KilopyError) return { failed: error };
      throw error;
    }
    if (passingStatuses.has(response.status)) {
      await response.discard();
      const { error, retryAfterMs } = statusError(ctx, url, response);
      return { failed: error, retryAfterMs };
    }
    const refusal = await readRefusal(response);
    const asked = { place, what: 'token', action, url, credentials: credentials?.from, accepted: false };
    return { failed: refusalError(refusal.status === 400 ? { ...refusal, status: 401 } : refusal, asked) };
  });
}

function tokenRequest(
  realm: URL,
  service: string | undefined,
  credentials: Credentials | undefined,
  scopes: readonly string[],
): { readonly url: string; readonly options: Pick<HttpRequest, 'method' | 'headers' | 'body'> } {
  if (credentials?.kind === 'identity') {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: 'kilopy',
      refresh_token: credentials.token,
      scope: scopes.join(' '),
      ...(service === undefined ? {} : { service }),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { url: realm.href, options: { method: 'POST', headers, body: Buffer.from(form.toString()) } };
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const headers = credentials?.kind === 'basic' ? { authorization: basicHeader(credentials) } : {};
  return { url: url.href, options: { method: 'GET', headers } };
}

export function basicHeader({ username, password }: Extract<Credentials, { kind: 'basic' }>): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

async function textOf(response: HttpResponse): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of response.body) parts.push(chunk);
  return Buffer.concat(parts).toString('utf8');
}

function parseToken(place: string, text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unusable(place, 'its token server answered with something else than JSON');
  }
  const token = hasShape(tokenAnswer, value) ? (value.token ?? value.access_token) : undefined;
  if (token === undefined || token === '') throw unusable(place, 'its token server gave no token');
  return token;
}

function unusable(place: string, why: string): KilopyError {
  return new KilopyError('KP6102', `${place.split('/')[0] ?? place} cannot be used as a registry`, {
    where: place,
    why,
  });
}

function openRealm(place: string, realm: URL): KilopyError {
  return new KilopyError('KP6115', `the token server of ${place.split('/')[0] ?? place} speaks plain http`, {
    where: `${realm.protocol}//${realm.host}${realm.pathname}`,
    why: 'a password would go through the network for everybody to read',
    fix: `allow it with --plain-http ${realm.host}`,
  });
}
