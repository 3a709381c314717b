import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { HttpRequest, HttpResponse } from '../io/http-client.ts';
import { passingStatuses, statusError, withRetries, type Attempt } from '../io/retry.ts';
import { readRefusal, refusalError } from './registry-error.ts';
import type { RegistrySession } from './session.ts';

/** A server has time for so many bytes of an upload a millisecond (20 kB/s), beside what it may be silent. */
const leastBytesPerMs = 20;

/** One request; its failure is an attempt's. Statuses beside `expected` are refusals, and passing ones may be tried again. */
export async function attempt<T>(
  ctx: Context,
  session: RegistrySession,
  url: string,
  request: Omit<HttpRequest, 'signal' | 'stallMs' | 'body'> & { readonly body?: Uint8Array },
  what: string,
  read: (response: HttpResponse) => Promise<T | undefined>,
): Promise<Attempt<T>> {
  try {
    const stallMs = ctx.limits.stallMs + (request.body?.length ?? 0) / leastBytesPerMs;
    const response = await session.http.request(url, { ...request, signal: ctx.signal, stallMs });
    if (passingStatuses.has(response.status)) {
      await response.discard();
      const { error, retryAfterMs } = statusError(ctx, url, response);
      return { failed: error, retryAfterMs };
    }
    const done = await read(response);
    if (done !== undefined) return { done };
    const refusal = await readRefusal(response);
    return { failed: refusalError(refusal, session.ask(what, url)) };
  } catch (error) {
    if (error instanceof KilopyError) return { failed: error, ...(error.code === 'KP6107' ? { mayPass: true } : {}) };
    throw error;
  }
}

/** The same with attempts until `limits.attempts`. A limit of requests that does not pass is KP6114. */
export async function send<T>(
  ctx: Context,
  session: RegistrySession,
  url: string,
  request: Parameters<typeof attempt>[3],
  what: string,
  read: (response: HttpResponse) => Promise<T | undefined>,
): Promise<T> {
  return await retried(ctx, session, url, what, () => attempt(ctx, session, url, request, what, read));
}

export async function retried<T>(
  ctx: Context,
  session: RegistrySession,
  url: string,
  what: string,
  once: () => Promise<Attempt<T>>,
): Promise<T> {
  try {
    return await withRetries(ctx, url, once);
  } catch (error) {
    if (!(error instanceof KilopyError) || error.data['status'] !== 429) throw error;
    throw refusalError({ status: 429, codes: [], message: '', isHtml: false }, session.ask(what, url));
  }
}
