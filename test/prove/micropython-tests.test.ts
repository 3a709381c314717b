import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createContext } from '../../src/io/create-context.ts';
import type { RuntimeProduct } from '../../src/runtime/micropython/ensure-micropython.ts';
import { openStore } from '../../src/store/store.ts';
import { checkout, runCli, testStore } from '../support/cli.ts';
import { whole } from '../support/extent.ts';
import { knownFailures, runSuite, unpackSuite } from '../support/micropython-suite.ts';
import { bars } from '../support/runtime-bars.ts';

/** MicroPython's own tests, from the source package, against the runtimes `small`; docs/micropython-tests.md has the results. */

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kilopy-suite-'));
  await unpackSuite(folder, testStore);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const page = readFileSync(join(checkout, 'docs/micropython-tests.md'), 'utf8');

test.each(whole ? Object.keys(bars) : ['linux/amd64'])('%s: passes, but for what is known', async (target) => {
  const words = ['runtime', 'build', '--target', target, '--offline', '--json'];
  const { stdout, stderr, status } = await runCli(words);
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  const [runtime] = (JSON.parse(stdout) as { runtimes: RuntimeProduct[] }).runtimes;
  if (runtime === undefined) throw new Error('no runtime');
  const store = await openStore(createContext(), testStore, { offline: true });
  const program = join(folder, runtime.blob.digest.slice(7));
  writeFileSync(program, await store.read(runtime.blob), { mode: 0o755 });
  const { performed, failed } = await runSuite(folder, target, program);
  expect(failed).toEqual([...knownFailures(target, 'small').keys()].sort());
  expect(performed).toBeGreaterThanOrEqual(790);
  // The page has the rows of runs that were recorded, and they are still so.
  const row = page.split('\n').find((line) => line.startsWith(`| ${target} | `));
  expect(row ?? '').toMatch(
    row === undefined ? /^$/ : new RegExp(`\\| ${runtime.version} \\| ${String(performed)} \\|`),
  );
});
