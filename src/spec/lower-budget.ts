import { KilopyError } from '../errors/kilopy-error.ts';
import type { SourceLocation } from '../values/source-location.ts';
import type { Faults } from './faults.ts';
import type { DraftPath } from './front-end.ts';
import { outputFormats, type OutputFormat } from './outputs.ts';
import type { Budget } from './spec.ts';
import { suggestion } from './suggestion.ts';

/** `budget:` of kilopy.yaml, each size with its place. */
export function lowerBudget(
  value: Readonly<Partial<Record<string, string>>>,
  locate: (path: DraftPath) => SourceLocation,
  faults: Faults,
): readonly Budget[] {
  return Object.entries(value).flatMap(([output, text]) => {
    if (text === undefined) return [];
    const where = locate(['budget', output]);
    const budget = faults.attempt(
      () => ({ output: checkOutput(output, where), ...sizeOf(text, where), where }),
      undefined,
    );
    return budget === undefined ? [] : [budget];
  });
}

/** `oci=2.2M,tar.gz=2M` as the command line has it. Throws KP1204, KP2009. */
export function draftBudget(text: string | undefined): Readonly<Partial<Record<OutputFormat, string>>> | undefined {
  if (text === undefined) return undefined;
  const where = { file: '--budget' };
  return Object.fromEntries(
    text.split(',').map((word) => {
      const [, output, size] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/u.exec(word) ?? [];
      if (output === undefined || size === undefined)
        throw new KilopyError('KP1204', `"${word}" is not OUTPUT=SIZE`, {
          where,
          fix: 'write, for instance, --budget oci=2.2M',
        });
      return [checkOutput(output, where), size];
    }),
  );
}

/** Decimal and binary multiples; a bare letter is decimal, as in the tables of this project. */
const units: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1000,
  kb: 1000,
  kib: 2 ** 10,
  m: 1e6,
  mb: 1e6,
  mib: 2 ** 20,
  g: 1e9,
  gb: 1e9,
  gib: 2 ** 30,
};

/** `2.2M`, `300k`, `2MiB`, `2200000` in whole bytes, rounded down; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d{1,15}(?:\.\d{1,9})?) ?([A-Za-z]{0,3})$/u.exec(text.trim()) ?? [];
  const factor = units[unit.toLowerCase()];
  if (number === undefined || factor === undefined || (factor === 1 && number.includes('.'))) return undefined;
  // In whole units of 1e-9, so that 2.2M is 2 200 000 and not a byte less.
  const [whole = '0', fraction = ''] = number.split('.');
  const nano = BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  const bytes = Number((nano * BigInt(factor)) / 1_000_000_000n);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

function sizeOf(text: string, where: SourceLocation): Pick<Budget, 'text' | 'limitBytes'> {
  const limitBytes = parseSize(text);
  if (limitBytes !== undefined) return { text, limitBytes };
  throw new KilopyError('KP1204', `"${text}" is no size`, { where, fix: 'write bytes, 300k, 2.2M or 2MiB' });
}

function checkOutput(output: string, where: SourceLocation): OutputFormat {
  if (Object.hasOwn(outputFormats, output)) return output as OutputFormat;
  throw new KilopyError('KP2009', `unknown output "${output}"`, {
    where,
    fix: suggestion(output, Object.keys(outputFormats)),
  });
}
