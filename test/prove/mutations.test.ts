import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkout, runProgram, type CliResult } from '../support/cli.ts';
import { mutations } from '../support/mutations.ts';
import { whole } from '../support/extent.ts';

/** Checks are checked: with each verification switched off in a copy of the sources, the tests of that copy go red. */

let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'kilopy-mutations-'));
  for (const name of ['src', 'test/support', 'test/architecture', 'schema', 'package.json', 'tsconfig.json']) {
    cpSync(join(checkout, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(checkout, 'node_modules'), join(copy, 'node_modules'));
  const config =
    "export default { test: { pool: 'forks', maxWorkers: 1, testTimeout: 60_000, reporters: ['json'] } };\n";
  writeFileSync(join(copy, 'vitest.config.ts'), config);
});

afterAll(() => {
  rmSync(copy, { recursive: true });
});

interface Outcome {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
}

async function runTests(
  tests: readonly string[],
  more: readonly string[] = [],
): Promise<Outcome & Pick<CliResult, 'stderr'>> {
  const words = [join(checkout, 'node_modules/vitest/vitest.mjs'), 'run', ...more, ...tests];
  const { stdout, stderr } = await runProgram(process.execPath, words, { cwd: copy, timeoutMs: 300_000 });
  const json = stdout.split('\n').find((line) => line.startsWith('{'));
  return { ...(JSON.parse(json ?? '{}') as Outcome), stderr };
}

test('without a change the copy is green', async () => {
  const files = new Set(mutations.flatMap((mutation) => mutation.tests));
  const outcome = await runTests([...files]);
  expect(outcome).toMatchObject({ numFailedTests: 0, numFailedTestSuites: 0 });
  expect(outcome.numPassedTests).toBeGreaterThan(200);
});

// On CI every second.
const chosen = mutations.filter((_, at) => whole || at % 2 === 0);

test.each(chosen)('red when $name', async ({ file, search, replace, tests }) => {
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  expect(text.split(search), `the text to replace in ${file}`).toHaveLength(2);
  writeFileSync(
    path,
    text.replace(search, () => replace),
  );
  try {
    const outcome = await runTests(tests, ['--bail', '1']);
    // A copy that cannot even be loaded would prove nothing.
    expect({ ran: outcome.numPassedTests + outcome.numFailedTests > 0, ...outcome }).toMatchObject({ ran: true });
    expect(outcome.numFailedTests).toBeGreaterThan(0);
  } finally {
    writeFileSync(path, text);
  }
});
