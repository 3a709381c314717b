import { formatLocation, KilopyError } from '../errors/kilopy-error.ts';
import type { Explanation } from './problem.ts';

const codes = {
  'bad-wish': 'KP5501',
  'unknown-package': 'KP5502',
  unsatisfiable: 'KP5503',
  conflict: 'KP5504',
} as const;

/**
 * The error that a person sees when there is no plan: KP5501 to KP5504.
 *
 * @param target name of the target, when the build has several
 */
export function explanationError(explanation: Explanation, target?: string): KilopyError {
  const { kind, summary, chain, where, suggestions = [] } = explanation;
  const [first] = suggestions;
  const told = chain.filter((sentence) => sentence !== summary);
  return new KilopyError(codes[kind], target === undefined ? summary : `${summary} (for ${target})`, {
    // The sentence names the place where that reads better.
    where: where !== undefined && summary.includes(formatLocation(where)) ? undefined : where,
    why: told.length > 0 ? `${told.join('; ')}.` : undefined,
    fix: first === undefined ? undefined : fixFor(kind, suggestions),
    data: { ...explanation, target },
  });
}

function fixFor(kind: Explanation['kind'], suggestions: readonly string[]): string {
  const list = suggestions.join(', ');
  return kind === 'unknown-package' ? `did you mean ${list}?` : `write one of: ${list}`;
}
