import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkout, runProgram, scratch } from './cli.ts';

/** What a failing run of tests prints, in a folder of its own. */
async function failingRun(body: string): Promise<string> {
  const folder = scratch();
  const support = join(checkout, 'test/support');
  writeFileSync(
    join(folder, 'vitest.config.mjs'),
    `export default { test: { globals: true, setupFiles: ['${support}/tell-runs.ts'] } };`,
  );
  writeFileSync(join(folder, 'one.test.js'), `import { runProgram } from '${support}/cli.ts';\n${body}`);
  const words = ['run', '--root', folder];
  const { status, stdout, stderr } = await runProgram(join(checkout, 'node_modules/.bin/vitest'), words, {
    cwd: folder,
  });
  expect(status).toBe(1);
  return stdout + stderr;
}

test('a test that fails tells what its programs said, and those only', async () => {
  const said = await failingRun(`
    test('one', async () => { expect((await runProgram('sh', ['-c', 'echo fine >&2'])).status).toBe(0); });
    test('two', async () => { expect((await runProgram('sh', ['-c', 'echo $((40 + 2)) no space >&2; exit 3'])).status).toBe(0); });
    test('three', () => { void runProgram('sleep', ['2']); throw new Error('early'); });
  `);
  expect(said).toContain('42 no space\n(ended with 3)');
  expect(said).toContain('$ sleep 2\n(still runs)');
  expect(said).not.toContain('fine\n(ended');
});

test('a hook too', async () => {
  const said = await failingRun(`
    beforeAll(async () => { expect(await runProgram('sh', ['-c', 'echo $((60 + 1)) lacking; exit 3'])).toMatchObject({ status: 0 }); });
    test('one', () => undefined);
  `);
  expect(said).toContain('61 lacking\n(ended with 3)');
});
