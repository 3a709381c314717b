import { withSource } from '../codec/archive-error.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { HttpResponse } from '../io/http-client.ts';
import { redactUrl } from '../io/redact-url.ts';
import type { DownloadRequest } from './download.ts';

export function cutShort(request: DownloadRequest, receivedBytes: number, why: string): KilopyError {
  const where = redactUrl(request.url);
  return new KilopyError('KP6015', `The transfer of ${request.label} was cut short`, {
    where,
    why: `${why} after ${String(receivedBytes)} of ${String(request.sizeBytes ?? '?')} bytes`,
    data: { url: where, receivedBytes },
  });
}

export function tooLarge(request: DownloadRequest, response: HttpResponse, limitBytes: number): KilopyError {
  const where = redactUrl(request.url);
  if (isHtml(response)) return webPage(request, where);
  return new KilopyError('KP6017', `The answer for ${request.label} is too large`, {
    where,
    why: `more than ${String(limitBytes)} bytes came`,
    data: { url: where, limitBytes },
  });
}

export function wrongSize(request: DownloadRequest, response: HttpResponse, actualBytes: number): KilopyError {
  const where = redactUrl(request.url);
  if (isHtml(response)) return webPage(request, where);
  return new KilopyError('KP6021', `${request.label} has the wrong size on the server`, {
    where,
    why: `announced ${String(request.sizeBytes)} bytes, the server has ${String(actualBytes)}`,
    data: { url: where, expectedBytes: request.sizeBytes, actualBytes },
  });
}

export function wrongContent(
  request: DownloadRequest,
  response: HttpResponse | undefined,
  actual: string,
): KilopyError {
  const where = redactUrl(request.url);
  if (response !== undefined && isHtml(response)) return webPage(request, where);
  return new KilopyError('KP6020', `${request.label} has the wrong content`, {
    where,
    why: `expected ${request.digest}, found ${actual}`,
    data: { url: where, expected: request.digest, actual },
  });
}

export function webPage(
  request: Pick<DownloadRequest, 'url' | 'label'>,
  where: string = redactUrl(request.url),
  why: string = 'the content type is text/html and the content is not the announced one',
): KilopyError {
  return new KilopyError('KP6022', `A web page came instead of ${request.label}`, { where, why, data: { url: where } });
}

/** What to say of content that was refused: that it is a web page, where it begins like one, else what `error` says. */
export function refused(error: unknown, bytes: Uint8Array, request: Pick<DownloadRequest, 'url' | 'label'>): unknown {
  const start = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  if (!(error instanceof KilopyError)) return error;
  if (!/^\s*<(?:!doctype html|html|head)\b/iu.test(start)) return withSource(error, redactUrl(request.url));
  return webPage(request, redactUrl(request.url), 'the content begins like one');
}

export function isHtml(response: HttpResponse): boolean {
  return /^(?:text\/html|application\/xhtml)/iu.test(response.headers['content-type'] ?? '');
}
