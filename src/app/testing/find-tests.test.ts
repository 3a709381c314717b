import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../test/support/test-store.ts';
import { findTests } from './find-tests.ts';

let store: TestStore;
let folder: string;

beforeAll(async () => {
  store = await openTestStore();
  folder = mkdtempSync(join(tmpdir(), 'kilopy-find-'));
});
afterAll(async () => {
  await store.remove();
  rmSync(folder, { recursive: true, force: true });
});

test('test_*.py anywhere but among dependencies and outputs, and the folder tests as a whole', async () => {
  const files = [
    'main.py',
    'test_main.py',
    'test_notes.txt',
    'part/test_part.py',
    'tests/test_deep.py',
    'tests/helpers.py',
    'tests/data/x.bin',
    'lib/thing/test_thing.py',
    'dist/test_old.py',
    'node_modules/test_js.py',
    '.hidden/test_h.py',
  ];
  for (const path of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(
      join(folder, path),
      'async def test_b():\n    def inner(): pass\nclass TestÜ: pass\ndef test_a(): pass\n',
    );
  }
  symlinkSync('..', join(folder, 'tests/loop'));
  const { tests, helpers } = await findTests(store.ctx, store.store, folder);
  expect(tests.map(({ path }) => path)).toEqual(['part/test_part.py', 'test_main.py', 'tests/test_deep.py']);
  expect(tests[0]?.order).toEqual(['test_b', 'inner', 'TestÜ', 'test_a']);
  expect(helpers.map(({ path }) => path)).toEqual(['tests/data/x.bin', 'tests/helpers.py']);
});
