import { anything, hasShape, arrayOf, nullable, objectOf, optional, string } from '../codec/json-shape.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { HttpResponse } from '../io/http-client.ts';
import { redactUrl } from '../io/redact-url.ts';

/** distribution-spec, "Error Codes". */
const errorBody = objectOf({
  errors: arrayOf(objectOf({ code: optional(string), message: optional(nullable(string)), detail: anything })),
});

const limitBytes = 64 * 1024;

/** What a registry says of a refusal. */
export interface Refusal {
  readonly status: number;
  /** `DENIED`, `MANIFEST_UNKNOWN` ...; empty when the answer is not the specification's. */
  readonly codes: readonly string[];
  /** One line without control characters. */
  readonly message: string;
  readonly isHtml: boolean;
}

/** Reads the body of an answer with an error status, at most 64 KiB of it. */
export async function readRefusal(response: HttpResponse): Promise<Refusal> {
  const body = await shortBody(response);
  const isHtml = /^text\/html/iu.test(response.headers['content-type'] ?? '');
  const found = jsonOf(body);
  const { status } = response;
  if (!hasShape(errorBody, found)) return { status, codes: [], message: isHtml ? '' : oneLine(body), isHtml };
  const { errors } = found;
  const messages = errors.map(({ code = '', message }) => message ?? code).filter((message) => message !== '');
  return { status, codes: errors.map(({ code = '' }) => code), message: oneLine(messages.join('; ')), isHtml };
}

async function shortBody(response: HttpResponse): Promise<string> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of response.body) {
      parts.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes >= limitBytes) break;
    }
  } catch {
    // The status is what counts; its explanation was cut short.
  }
  return Buffer.concat(parts).subarray(0, limitBytes).toString('utf8');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function oneLine(text: string): string {
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 300);
}

/** What was asked, for messages. */
export interface Question {
  /** `HOST/REPOSITORY`, or the host. */
  readonly place: string;
  /** `the manifest 1.2`, `the layer sha256:...`. */
  readonly what: string;
  readonly action: 'pull' | 'push';
  readonly url: string;
  /** Where the credentials came from that were sent; undefined when none were. */
  readonly credentials: string | undefined;
  /** A token server has accepted them: a refusal is about rights, not about who we are. */
  readonly accepted: boolean;
}

/** The error of an answer whose fault does not pass. */
export function refusalError(refusal: Refusal, question: Question): KilopyError {
  const { status, codes, message } = refusal;
  const { place, what, action, url, credentials, accepted } = question;
  const where = redactUrl(url);
  const said = message === '' ? `it answered ${String(status)}` : `it answered ${String(status)}: ${message}`;
  const data = { url: where, status, codes };
  const [host = ''] = place.split('/');
  const login = `log in with docker login ${host} (podman login and skopeo login do as well)`;
  const error = (code: KilopyError['code'], text: string, fix?: string): KilopyError =>
    new KilopyError(code, text, { where, why: said, fix, data });
  if (status === 401 && !accepted) {
    if (credentials === undefined) return error('KP6103', `${host} wants to know who is asking for ${place}`, login);
    return error(
      'KP6103',
      `${host} does not accept the credentials from ${credentials}`,
      `they may have expired: ${login}`,
    );
  }
  if (status === 401 || status === 403 || codes.includes('DENIED')) {
    const verb = action === 'push' ? 'push to' : 'pull from';
    return error(
      'KP6104',
      `you may not ${verb} ${place}`,
      credentials === undefined ? login : `ask for the right to ${verb} it, or check the name`,
    );
  }
  if (status === 404 && refusal.isHtml) return error('KP6102', `${host} is no registry`);
  if (status === 404) return error('KP6105', `${place} has no ${what}`);
  if (status === 429)
    return error(
      'KP6114',
      `${host} has had enough requests for now`,
      credentials === undefined ? `${login}, or try again later` : 'try again later',
    );
  return error('KP6106', `${host} does not take ${what}`);
}
