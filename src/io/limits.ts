import { KilopyError } from '../errors/kilopy-error.ts';

/** Bounds on what input may make kilopy do. Sizes in bytes. */
export interface Limits {
  /** One signed index after decompression. */
  readonly indexBytes: number;
  /** One package or image after decompression. */
  readonly packageBytes: number;
  /** One file inside an archive. */
  readonly fileBytes: number;
  /** Entries of one archive. */
  readonly entries: number;
  /** One HTTP answer. */
  readonly responseBytes: number;
  /** HTTP: attempts for one URL, first pause, silence before giving up, all in milliseconds. */
  readonly attempts: number;
  readonly retryPauseMs: number;
  readonly stallMs: number;
}

export const defaultLimits: Limits = {
  indexBytes: 512 * 2 ** 20,
  packageBytes: 4 * 2 ** 30,
  fileBytes: 2 * 2 ** 30,
  entries: 1_000_000,
  responseBytes: 4 * 2 ** 30,
  attempts: 4,
  retryPauseMs: 500,
  stallMs: 30_000,
};

/**
 * The limits of a run: for a bad or a slow line, `KILOPY_ATTEMPTS` (tries for one URL, 1 to 100) and
 * `KILOPY_STALL_SECONDS` (silence before a try counts as failed, 1 to 3600) replace the defaults.
 *
 * @throws KilopyError KP1006 when one of them is no whole number in its range
 */
export function limitsOf(env: Readonly<Record<string, string | undefined>>): Limits {
  return {
    ...defaultLimits,
    attempts: wholeNumber(env, 'KILOPY_ATTEMPTS', 100) ?? defaultLimits.attempts,
    stallMs: (wholeNumber(env, 'KILOPY_STALL_SECONDS', 3600) ?? defaultLimits.stallMs / 1000) * 1000,
  };
}

function wholeNumber(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  most: number,
): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const number = /^\d{1,4}$/u.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= most) return number;
  throw new KilopyError('KP1006', `${name} is "${text}", which is no whole number from 1 to ${String(most)}`, {
    data: { name, value: text },
  });
}
