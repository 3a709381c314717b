import { setTimeout as sleep } from 'node:timers/promises';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from './context.ts';
import type { HttpResponse } from './http-client.ts';
import { redactUrl } from './redact-url.ts';

const maxPauseMs = 30_000;
/** What a server may say today and not tomorrow. */
export const passingStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A fault that may pass, with the pause that the server asks for. */
interface Passing {
  readonly error: KilopyError;
  readonly retryAfterMs?: number | undefined;
}

/**
 * What one attempt came to. `progress` says that it got further than those before, which makes new attempts worth it;
 * `mayPass` that the fault may pass although its code does not say so.
 */
export type Attempt<T> =
  | { readonly done: T }
  | {
      readonly failed: KilopyError;
      readonly retryAfterMs?: number | undefined;
      readonly progress?: boolean;
      readonly mayPass?: boolean;
    };

/**
 * Repeats an attempt while its fault may pass (KP6010, KP6011 with a passing status, KP6013, KP6015), with pauses that
 * double from `limits.retryPauseMs`, or as long as Retry-After says, at most 30 s. After `limits.attempts` without
 * progress, the last error is thrown. Other errors are thrown at once.
 */
export async function withRetries<T>(ctx: Context, url: string, attempt: () => Promise<Attempt<T>>): Promise<T> {
  let failures = 0;
  for (;;) {
    const result = await attempt();
    if ('done' in result) return result.done;
    failures = result.progress === true ? 1 : failures + 1;
    if (!(result.mayPass ?? mayPass(result.failed)) || failures >= ctx.limits.attempts) throw result.failed;
    ctx.emit({
      type: 'download.retried',
      url: redactUrl(url),
      attempt: failures + 1,
      why: result.failed.why ?? result.failed.message,
    });
    const pauseMs = Math.min(maxPauseMs, result.retryAfterMs ?? ctx.limits.retryPauseMs * 2 ** (failures - 1));
    await pause(ctx, pauseMs);
  }
}

/** The error of an answer that is none of 200, 206 and 304. */
export function statusError(ctx: Context, url: string, response: Pick<HttpResponse, 'status' | 'headers'>): Passing {
  const where = redactUrl(url);
  const { status } = response;
  const { host } = new URL(url);
  const data = { url: where, status };
  if (status === 404 || status === 410) {
    const error = new KilopyError('KP6012', `${host} does not have the file`, {
      where,
      why: `it answered ${String(status)}`,
      data,
    });
    return { error };
  }
  const error = new KilopyError('KP6011', `${host} answered with the status ${String(status)}`, {
    where,
    why: hintOf(status),
    fix: status === 401 || status === 403 || status === 407 ? 'check the credentials in the URL' : undefined,
    data: { ...data, passing: passingStatuses.has(status) },
  });
  return { error, retryAfterMs: retryAfterMs(ctx, response.headers['retry-after']) };
}

function hintOf(status: number): string {
  if (status === 401 || status === 403) return 'access is refused';
  if (status === 407) return 'the proxy wants a user name and a password';
  if (status === 429) return 'too many requests';
  if (status >= 500) return 'the server has a fault';
  return 'kilopy cannot use this answer';
}

function mayPass(error: KilopyError): boolean {
  if (error.code === 'KP6011') return error.data['passing'] === true;
  if (error.code === 'KP6010') return error.data['cause'] !== 'ENOTFOUND';
  return error.code === 'KP6013' || error.code === 'KP6015';
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function retryAfterMs(ctx: Context, header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/u.test(header)) return Number(header) * 1000;
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - ctx.clock.now());
}

async function pause(ctx: Context, pauseMs: number): Promise<void> {
  try {
    await sleep(pauseMs, undefined, { signal: ctx.signal });
  } catch (error) {
    throw new KilopyError('KP1002', 'Interrupted', { cause: error });
  }
}
