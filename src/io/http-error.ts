import { KilopyError } from '../errors/kilopy-error.ts';
import type { ErrorCode } from '../errors/codes.ts';
import { redactUrl } from './redact-url.ts';

/** Turns what undici, Node and OpenSSL throw during a transfer into a KilopyError that names the URL. */
export function httpError(error: unknown, url: string, signal: AbortSignal | undefined): KilopyError {
  if (error instanceof KilopyError) return error;
  if (signal?.aborted === true) return new KilopyError('KP1002', 'Interrupted', { cause: error });
  const where = redactUrl(url);
  const host = URL.canParse(url) ? new URL(url).host : url;
  const { code, message } = rootCause(error);
  // undici takes this answer as a broken connection.
  if (message.includes('(407)')) {
    return new KilopyError('KP6011', `The proxy refuses to pass on ${where}`, {
      where,
      why: 'the proxy wants a user name and a password',
      fix: 'put them into http_proxy and https_proxy: http://USER:PASSWORD@HOST:PORT',
      cause: error,
      data: { url: where, status: 407, passing: false },
    });
  }
  const [kilopyCode, text, why] = explain(code, message, host);
  return new KilopyError(kilopyCode, text, { where, why, cause: error, data: { url: where, cause: code } });
}

/** The same error with the proxy as the host that could not be reached, where it was one of these that the connection was to. */
export function namingProxy(error: unknown, proxies: readonly string[]): unknown {
  if (!(error instanceof KilopyError) || error.code !== 'KP6010') return error;
  const { code, message, hostname, port } = rootCause(error.cause);
  const proxy = proxies
    .filter((text) => URL.canParse(text))
    .map((text) => new URL(text))
    .find((one) => one.hostname === hostname || (port !== '' && one.port === port) || message.includes(one.host));
  if (proxy === undefined) return error;
  const [, text, why] = explain(code, message, `the proxy ${proxy.host}`);
  return new KilopyError('KP6010', text, {
    where: error.where,
    why,
    fix: 'check the network and the proxy that http_proxy and https_proxy name',
    cause: error.cause,
    data: { ...error.data, proxy: proxy.host },
  });
}

function explain(code: string, message: string, host: string): readonly [ErrorCode, string, string] {
  switch (code) {
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
    case 'STALLED':
      return ['KP6013', `${host} fell silent`, 'no byte arrived for too long'];
    case 'UND_ERR_SOCKET':
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
    case 'HPE_INVALID_EOF_STATE':
      return ['KP6015', `${host} closed the connection in the middle`, message];
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return ['KP6010', `${host} cannot be found`, 'the name does not resolve'];
    case 'ECONNREFUSED':
      return ['KP6010', `${host} refuses connections`, message];
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return ['KP6010', `${host} does not answer`, message];
    default:
      if (isTlsCode(code)) return ['KP6018', `${host} cannot be trusted over TLS`, message];
      return ['KP6010', `The transfer from ${host} failed`, message];
  }
}

function isTlsCode(code: string): boolean {
  return /CERT|^ERR_TLS|^ERR_SSL|^EPROTO$|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED/u.test(code);
}

/** The innermost cause that carries a code: undici and AggregateError (several addresses of one host) wrap. */
function rootCause(error: unknown): RootCause {
  if (!(error instanceof Error)) return { code: '', message: String(error), hostname: '', port: '' };
  const inner: unknown = error instanceof AggregateError ? (error.errors[0] as unknown) : error.cause;
  if (inner instanceof Error) {
    const found = rootCause(inner);
    if (found.code !== '') return found;
  }
  const { code, hostname = '', port = '' } = error as { code?: unknown; hostname?: unknown; port?: unknown };
  const { message } = error;
  return { code: typeof code === 'string' ? code : '', message, hostname: String(hostname), port: String(port) };
}

interface RootCause {
  readonly code: string;
  readonly message: string;
  /** What was looked for or connected to, where the error says it. */
  readonly hostname: string;
  readonly port: string;
}
