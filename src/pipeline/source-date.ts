import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { runtimeTime } from '../passes/runtime-time.ts';
import type { Tree } from '../tree/node.ts';

/**
 * The time of everything that has none of its own, and the latest time of anything: SOURCE_DATE_EPOCH
 * (https://reproducible-builds.org/specs/source-date-epoch/) or the newest file of the packages. Seconds since 1970.
 *
 * @throws KilopyError KP1102 when SOURCE_DATE_EPOCH is no whole number of seconds
 */
export function sourceDate(ctx: Context, tree: Tree): number {
  return parseSourceDate(ctx) ?? runtimeTime(tree);
}

/** SOURCE_DATE_EPOCH, where it is set. Throws KP1102. */
export function parseSourceDate(ctx: Context): number | undefined {
  const text = ctx.env.SOURCE_DATE_EPOCH;
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,11}$/.test(text)) {
    throw new KilopyError('KP1102', `SOURCE_DATE_EPOCH is "${text}", which is no number of seconds since 1970`);
  }
  return Number(text);
}
