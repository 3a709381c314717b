import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';

/** A store with more damage than this is thrown away rather than mended. */
const maxRepairs = 100;

/**
 * Runs steps that read the store, again when they met a damaged blob: the store has removed it, so that this time its
 * package is unpacked or fetched anew. Each round removes one, so it ends.
 */
export async function withRepair<T>(ctx: Context, steps: () => Promise<T>): Promise<T> {
  for (let round = 0; ; round++) {
    try {
      return await steps();
    } catch (error) {
      if (!(error instanceof KilopyError) || error.code !== 'KP6002' || round === maxRepairs) throw error;
      ctx.emit({ type: 'note', text: `mending the store: ${error.message}` });
    }
  }
}
