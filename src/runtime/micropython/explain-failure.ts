import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Target } from '../../spec/targets.ts';
import type { Store } from '../../store/store.ts';

/** What a failure to download means here. */
export function explainedFailure(store: Store, target: Target, error: unknown): unknown {
  if (!(error instanceof KilopyError) || error.exitCode !== 4) return error;
  if (error.code !== 'KP6012') return withoutNetwork(store, target, error);
  return new KilopyError('KP9105', `a version that MicroPython for ${target.name} is made from has left the mirror`, {
    where: error.where,
    why: error.message,
    cause: error,
  });
}

function withoutNetwork({ offline }: Store, target: Target, cause: KilopyError): KilopyError {
  const state = offline ? 'kilopy is offline' : 'Debian cannot be reached';
  const said = [cause.message, cause.why].filter((text) => text !== undefined && text !== '').join('; ');
  return new KilopyError('KP9103', `MicroPython for ${target.name} has not been compiled here yet, and ${state}`, {
    where: cause.where,
    why: `base static is compiled once, with compilers and sources from Debian: ${said}`,
    fix: 'once with network: kilopy runtime build; --base debian needs no compiler, and no network where its packages are stored',
    cause,
  });
}
