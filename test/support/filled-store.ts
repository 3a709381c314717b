import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testCache } from './recorded-mirror.ts';

/** What scripts/fill-test-store.ts put into the test store. */
export interface Filled {
  /** Below the store; a file that is gone means filling again. */
  readonly files: readonly string[];
  /** Of `furtherPackages` when it was filled. */
  readonly packages?: readonly string[];
  /** Why a target is not there, by its name: what kilopy said of the mirror. */
  readonly failed: Readonly<Record<string, string>>;
}

/** examples/hello is in the test store for these. */
export const fillTargets = ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/riscv64'] as const;

/** Debian's packages for linux/amd64 that are in it too: Dockerfiles of the tests name them, and the system's authorities come from one. */
export const furtherPackages = ['ca-certificates', 'tzdata'] as const;

export type FillTarget = (typeof fillTargets)[number];

const record = join(testCache, 'filled.json');

export function readFilled(): Filled | undefined {
  return existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as Filled) : undefined;
}

/** Those that the mirror could give when the store was filled; a mirror in the middle of an update may lack some. */
export function filledTargets(): readonly FillTarget[] {
  const failed = readFilled()?.failed ?? {};
  return fillTargets.filter((target) => failed[target] === undefined);
}

/** Why a test of a target cannot be had now, for `skip` of the test's context. Undefined when it can. */
export function unfilled(target: string): string | undefined {
  const why = readFilled()?.failed[target];
  return why === undefined ? undefined : `the mirror could not give ${target}: ${why.trim()}`;
}

export function writeFilled(filled: Filled): void {
  writeFileSync(record, JSON.stringify(filled));
}
