import { KilopyError } from '../errors/kilopy-error.ts';

/** Collects the faults of one input, so that all of them are reported together. */
export interface Faults {
  add(fault: KilopyError): void;
  /** The result of `work`, or `fallback` when it fails with a KilopyError, which is kept. */
  attempt<T>(work: () => T, fallback: T): T;
  /** Throws the first fault with the rest in `others`; does nothing when there is none. */
  throwIfAny(): void;
}

export function collectFaults(): Faults {
  const found: KilopyError[] = [];
  return {
    add(fault) {
      found.push(fault, ...fault.others);
    },
    attempt(work, fallback) {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof KilopyError)) throw error;
        found.push(error, ...error.others);
        return fallback;
      }
    },
    throwIfAny() {
      const [first, ...others] = found.toSorted(byPlace);
      if (first === undefined) return;
      throw new KilopyError(first.code, first.message, {
        where: first.where,
        why: first.why,
        fix: first.fix,
        data: first.data,
        cause: first.cause,
        others: others.map(withoutOthers),
      });
    },
  };
}

/** Top to bottom; what has no line (options) keeps its order behind. */
function byPlace(a: KilopyError, b: KilopyError): number {
  const [left, right] = [a, b].map(({ where }) => (typeof where === 'object' ? where : undefined));
  const lines = (left?.line ?? Infinity) - (right?.line ?? Infinity);
  if (lines !== 0 && !Number.isNaN(lines)) return lines;
  return (left?.column ?? 0) - (right?.column ?? 0);
}

function withoutOthers(fault: KilopyError): KilopyError {
  if (fault.others.length === 0) return fault;
  const { code, message, where, why, fix, data, cause } = fault;
  return new KilopyError(code, message, { where, why, fix, data, cause });
}
