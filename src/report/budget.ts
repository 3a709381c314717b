import { KilopyError } from '../errors/kilopy-error.ts';
import type { Budget } from '../spec/spec.ts';

/** What one part of an image costs, measured by building the archive without it. */
export interface PartCost {
  /** A package with its version, or a path. */
  readonly name: string;
  /** Bytes of the output that would be gone. */
  readonly costBytes: number;
  /** What to do to be without it; undefined for what MicroPython itself needs. */
  readonly wayBack: string | undefined;
}

/** An origin that is larger than the lock's `measured` section says. */
export interface Growth {
  readonly name: string;
  /** Undefined for what is new. */
  readonly beforeBytes: number | undefined;
  readonly afterBytes: number;
}

export interface OverBudget {
  readonly budget: Budget;
  /** Name of the file that would have been written. */
  readonly fileName: string;
  readonly sizeBytes: number;
  /** Most expensive first. */
  readonly parts: readonly PartCost[];
  /** Ways back that leave nothing out. */
  readonly options: readonly WayBack[];
  readonly grown: readonly Growth[];
}

/** One thing to do, and what it saves. */
export interface WayBack {
  readonly wayBack: string;
  readonly costBytes: number;
}

/** One error for all outputs that are over their budgets: by how much, what costs most, what grew, and the ways back. */
export function budgetError(faults: readonly OverBudget[]): KilopyError | undefined {
  const [first, ...others] = faults.map(oneError);
  if (first === undefined || others.length === 0) return first;
  const { message, where, why, fix, data } = first;
  return new KilopyError('KP1201', message, { where, why, fix, data, others });
}

function oneError(fault: OverBudget): KilopyError {
  const { budget, fileName, sizeBytes, parts, options, grown } = fault;
  const overBytes = sizeBytes - budget.limitBytes;
  const ways = cheapestWays(parts, options);
  const fixes = ways.map(({ costBytes, wayBack }) => `${wayBack}: saves ${grouped(costBytes)}`);
  const whole = ways.reduce((sum, { costBytes }) => sum + costBytes, 0);
  return new KilopyError(
    'KP1201',
    `${fileName} would be ${grouped(sizeBytes)} bytes, ${grouped(overBytes)} over its budget of ${budget.text}`,
    {
      where: budget.where,
      why: [
        'the most expensive parts, measured by leaving each out:',
        ...parts.map(({ name, costBytes }) => `${grouped(costBytes).padStart(11)}  ${name}`),
        ...(grown.length === 0 ? [] : ['grown since kilopy.lock was written, uncompressed:']),
        ...grown.map(growthLine),
      ].join('\n'),
      fix: [
        ...fixes,
        ...(whole < overBytes
          ? [
              `${fixes.length === 0 ? 'nothing in it can be left out' : 'these do not suffice'}: raise the budget to at least ${grouped(sizeBytes - whole)} bytes`,
            ]
          : []),
      ].join('\n'),
      data: {
        output: budget.output,
        fileName,
        limitBytes: budget.limitBytes,
        sizeBytes,
        overBytes,
        parts,
        waysBack: ways,
        grown,
      },
    },
  );
}

/** What can go or be done, most saving first; a few, because a person has to choose. */
function cheapestWays(parts: readonly PartCost[], options: readonly WayBack[]): WayBack[] {
  const leaving = parts.flatMap(({ wayBack, costBytes }) => (wayBack === undefined ? [] : [{ wayBack, costBytes }]));
  return [...options, ...leaving]
    .filter(({ costBytes }) => costBytes > 0)
    .toSorted((a, b) => b.costBytes - a.costBytes)
    .slice(0, 5);
}

/** Origins that are larger than they were, or new, biggest growth first. */
export function findGrowth(
  measured: Readonly<Record<string, number>> | undefined,
  now: readonly { readonly name: string; readonly sizeBytes: number }[],
): Growth[] {
  if (measured === undefined) return [];
  return now
    .map(({ name, sizeBytes }): Growth => ({
      name,
      beforeBytes: Object.hasOwn(measured, name) ? measured[name] : undefined,
      afterBytes: sizeBytes,
    }))
    .filter(({ beforeBytes, afterBytes }) => afterBytes > (beforeBytes ?? 0))
    .toSorted((a, b) => b.afterBytes - (b.beforeBytes ?? 0) - (a.afterBytes - (a.beforeBytes ?? 0)));
}

function growthLine({ name, beforeBytes, afterBytes }: Growth): string {
  const more = `+${grouped(afterBytes - (beforeBytes ?? 0))}`.padStart(11);
  return `${more}  ${name}${beforeBytes === undefined ? ' (new)' : ` (${grouped(beforeBytes)} -> ${grouped(afterBytes)})`}`;
}

function grouped(bytes: number): string {
  return String(bytes).replaceAll(/\B(?=(\d{3})+$)/gu, ' ');
}
