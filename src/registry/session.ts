import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../io/http-client.ts';
import { passingStatuses, statusError, withRetries } from '../io/retry.ts';
import { parseChallenge, type Challenge } from './challenge.ts';
import { findCredentials, type Credentials } from './credentials.ts';
import { apiHost, baseUrl, type RegistryAccess } from './endpoint.ts';
import type { ImageReference } from './reference.ts';
import { readRefusal, refusalError, type Question } from './registry-error.ts';
import { basicHeader, fetchToken } from './token.ts';

/** A repository of a registry, and the right to do something there. */
export interface RegistrySession {
  readonly reference: Pick<ImageReference, 'registry' | 'repository'>;
  /** `HOST/REPOSITORY`, for messages. */
  readonly place: string;
  readonly action: 'pull' | 'push';
  /** Requests of this repository, signed in; a token that has expired is renewed. */
  readonly http: HttpClient;
  /** `https://HOST/v2/REPOSITORY` */
  readonly root: string;
  /** For messages about a refusal. */
  ask(what: string, url: string): Question;
}

export interface SessionOptions extends RegistryAccess {
  readonly action: 'pull' | 'push';
  /** Repositories of the same registry that blobs may be mounted from. */
  readonly mountFrom?: readonly string[];
}

const maxRedirects = 3;

/**
 * Finds out how a registry is spoken to: scheme, challenge and credentials. Plain http is only spoken on loopback and
 * where it was asked for; there https is tried when the server wants it.
 *
 * @throws KilopyError KP6102 when there is no registry, KP6113 for broken credentials, KP6115 when it speaks only plain
 *   http, and KP60xx for the network
 */
export async function openSession(
  ctx: Context,
  reference: Pick<ImageReference, 'registry' | 'repository'>,
  options: SessionOptions,
): Promise<RegistrySession> {
  const { registry, repository } = reference;
  const { action } = options;
  const place = `${registry}/${repository}`;
  const { base, challenge: first } = await ping(ctx, reference, options, place);
  const scopes = [
    `repository:${repository}:${action === 'push' ? 'pull,push' : 'pull'}`,
    ...(options.mountFrom ?? []).map((from) => `repository:${from}:pull`),
  ];
  const identify = async (challenge: Challenge | undefined): Promise<Identity> => {
    const credentials = challenge === undefined ? undefined : await findCredentials(ctx, reference);
    return { challenge, credentials, scopes, place, action };
  };
  let identity = await identify(first);
  let sign = createSigner(ctx, options, identity);
  const signer: SessionSigner = {
    sign: (refused) => sign(refused),
    async learn(header) {
      const challenge = identity.challenge === undefined ? parseChallenge(header) : undefined;
      if (challenge === undefined) return false;
      identity = await identify(challenge);
      sign = createSigner(ctx, options, identity);
      return true;
    },
  };
  const { origin } = new URL(base);
  return {
    reference,
    place,
    action,
    root: `${base}/v2/${repository}`,
    http: { request: (url, request) => signedRequest(ctx, signer, origin, url, request) },
    ask: (what, url) => ({
      what,
      url,
      place,
      action,
      credentials: identity.credentials?.from,
      accepted: identity.credentials !== undefined && identity.challenge?.scheme === 'bearer',
    }),
  };
}

interface SessionSigner {
  readonly sign: Signer;
  /**
   * Takes the challenge of a request: registries where everybody may pull let /v2/ pass, and ask only when somebody pushes.
   * False when there is nothing new in it.
   */
  learn(header: string): Promise<boolean>;
}

/** The header for the next request; `renew` when the one before was refused. */
type Signer = (renew: string | undefined) => Promise<string | undefined>;

interface Identity {
  readonly challenge: Challenge | undefined;
  readonly credentials: Credentials | undefined;
  readonly scopes: readonly string[];
  readonly place: string;
  readonly action: 'pull' | 'push';
}

function createSigner(ctx: Context, access: RegistryAccess, identity: Identity): Signer {
  const { challenge, credentials } = identity;
  if (challenge === undefined) return async () => await Promise.resolve(undefined);
  if (credentials?.kind === 'bearer') return async () => await Promise.resolve(`Bearer ${credentials.token}`);
  if (challenge.scheme === 'basic') {
    const header = credentials?.kind === 'basic' ? basicHeader(credentials) : undefined;
    return async () => await Promise.resolve(header);
  }
  let current: Promise<string> | undefined;
  return async (refused) => {
    // Several requests may be refused at once; the first one renews for all.
    if (current === undefined || (refused !== undefined && (await current) === refused)) {
      const next = fetchToken(ctx, access, { ...identity, challenge }).then((token) => `Bearer ${token}`);
      current = next;
      next.catch(() => {
        if (current === next) current = undefined;
      });
    }
    return await current;
  };
}

/** One request with the header of the session. Redirects of uploads are followed; secrets stay on the registry's own origin. */
async function signedRequest(
  ctx: Context,
  signer: SessionSigner,
  origin: string,
  url: string,
  request: HttpRequest,
): Promise<HttpResponse> {
  let target = url;
  let refused: string | undefined;
  for (let redirects = 0; ;) {
    const isOwn = new URL(target).origin === origin;
    const header = isOwn ? await signer.sign(refused) : undefined;
    const headers = { ...request.headers, ...(header === undefined ? {} : { authorization: header }) };
    const response = await ctx.http.request(target, { ...request, headers });
    const { status } = response;
    if (status === 401 && refused === undefined && header?.startsWith('Bearer ') === true) {
      await response.discard();
      refused = header;
    } else if (
      status === 401 &&
      isOwn &&
      header === undefined &&
      (await signer.learn(response.headers['www-authenticate'] ?? ''))
    ) {
      await response.discard();
    } else if ((status === 307 || status === 308) && request.body !== undefined && redirects < maxRedirects) {
      await response.discard();
      target = new URL(response.headers['location'] ?? '', target).href;
      redirects += 1;
    } else return response;
  }
}

interface Pinged {
  readonly base: string;
  readonly challenge: Challenge | undefined;
}

/** distribution-spec, "Determining Support". */
async function ping(
  ctx: Context,
  reference: Pick<ImageReference, 'registry'>,
  access: SessionOptions,
  place: string,
): Promise<Pinged> {
  const base = baseUrl(reference, access);
  const url = `${base}/v2/`;
  const host = apiHost(reference.registry);
  return await withRetries<Pinged>(ctx, url, async () => {
    try {
      const response = await ctx.http.request(url, { signal: ctx.signal, stallMs: ctx.limits.stallMs });
      const { status, headers } = response;
      if (passingStatuses.has(status)) {
        await response.discard();
        const { error, retryAfterMs } = statusError(ctx, url, response);
        return { failed: error, retryAfterMs };
      }
      const refusal = status === 200 ? undefined : await readRefusal(response);
      if (refusal === undefined) await response.discard();
      if (status === 200) return { done: { base, challenge: undefined } };
      if (status === 401) {
        const challenge = parseChallenge(headers['www-authenticate'] ?? '');
        if (challenge !== undefined) return { done: { base, challenge } };
        return { failed: noRegistry(host, url, `it asks for a sign-in that kilopy does not know`) };
      }
      if (base.startsWith('http:') && /HTTP request to an HTTPS server/iu.test(refusal?.message ?? ''))
        return { done: await pingTls(ctx, host, place) };
      return { failed: noRegistry(host, url, `/v2/ is answered with ${String(status)}`) };
    } catch (error) {
      if (!(error instanceof KilopyError)) throw error;
      return { failed: speaksPlain(error) ? plainOnly(host, error) : error };
    }
  });
}

/** On loopback, where plain http is tried first. */
async function pingTls(ctx: Context, host: string, place: string): Promise<Pinged> {
  const base = `https://${host}`;
  const url = `${base}/v2/`;
  const response = await ctx.http.request(url, { signal: ctx.signal, stallMs: ctx.limits.stallMs });
  await response.discard();
  if (response.status === 200) return { base, challenge: undefined };
  const challenge = parseChallenge(response.headers['www-authenticate'] ?? '');
  if (response.status === 401 && challenge !== undefined) return { base, challenge };
  throw refusalError(
    { status: response.status, codes: [], message: '', isHtml: false },
    { place, what: 'API', action: 'pull', url, credentials: undefined, accepted: false },
  );
}

/** What OpenSSL says when the other side answers TLS with text. */
function speaksPlain(error: KilopyError): boolean {
  return /WRONG_VERSION_NUMBER|EPROTO|wrong version number|packet length too long/iu.test(
    `${error.why ?? ''} ${String(error.data['cause'])}`,
  );
}

function plainOnly(host: string, cause: KilopyError): KilopyError {
  return new KilopyError('KP6115', `${host} does not speak TLS`, {
    where: `https://${host}/v2/`,
    why: 'what it answered is no TLS: it may be a registry for plain http',
    fix: `if you trust the network in between, allow it with --plain-http ${host}, for a base with plainHttp: true beside image`,
    cause,
  });
}

function noRegistry(host: string, url: string, why: string): KilopyError {
  return new KilopyError('KP6102', `${host} is no registry`, { where: url, why });
}
