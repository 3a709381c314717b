import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Target } from '../../spec/targets.ts';
import type { Store } from '../../store/store.ts';

type CompiledBase = 'static' | 'alpine';

/** What compiles it, and what needs no compiler. */
const advice: Readonly<Record<CompiledBase, { readonly command: string; readonly instead: string }>> = {
  static: {
    command: 'kilopy runtime build',
    instead: '--base debian needs no compiler, and no network where its packages are stored',
  },
  alpine: {
    command: 'kilopy runtime export --alpine',
    instead: 'base alpine with the mirror of Alpine itself needs no compiler',
  },
};

/** What a failure to download means here. */
export function explainedFailure(store: Store, target: Target, base: CompiledBase, error: unknown): unknown {
  if (!(error instanceof KilopyError) || error.exitCode !== 4) return error;
  if (error.code !== 'KP6012') return withoutNetwork(store, target, base, error);
  return new KilopyError('KP9105', `a version that MicroPython for ${target.name} is made from has left the mirror`, {
    where: error.where,
    why: error.message,
    // Of base static, the list of codes has more to say.
    ...(base === 'alpine' && { fix: `${advice.alpine.command} --update takes what Debian has now` }),
    cause: error,
  });
}

function withoutNetwork({ offline }: Store, target: Target, base: CompiledBase, cause: KilopyError): KilopyError {
  const state = offline ? 'kilopy is offline' : 'Debian cannot be reached';
  const said = [cause.message, cause.why].filter((text) => text !== undefined && text !== '').join('; ');
  const { command, instead } = advice[base];
  const what = base === 'static' ? 'MicroPython' : 'MicroPython with musl and libffi (base alpine)';
  return new KilopyError('KP9103', `${what} for ${target.name} has not been compiled here yet, and ${state}`, {
    where: cause.where,
    why: `it is compiled once, with compilers and sources from Debian: ${said}`,
    fix: `once with network: ${command}; ${instead}`,
    cause,
  });
}
