import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testCache } from './recorded-mirror.ts';

/** What scripts/fill-test-store.ts put into the test store. */
export interface Filled {
  /** Below the store; a file that is gone means filling again. */
  readonly files: readonly string[];
  /** Why a target is not there, by its name: what kilopy said of the mirror. */
  readonly failed: Readonly<Record<string, string>>;
}

/** examples/hello is in the test store for these. */
export const fillTargets = ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/riscv64'] as const;

const record = join(testCache, 'filled.json');

export function readFilled(): Filled | undefined {
  return existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as Filled) : undefined;
}

export function writeFilled(filled: Filled): void {
  writeFileSync(record, JSON.stringify(filled));
}
