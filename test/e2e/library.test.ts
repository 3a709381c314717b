import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { checkout } from '../support/cli.ts';

test('the built library is loaded, with the same names as its source', async () => {
  const built = (await import(pathToFileURL(join(checkout, 'build/index.js')).href)) as object;
  expect(Object.keys(built).sort()).toEqual(Object.keys(await import('../../src/index.ts')).sort());
  expect(Object.keys(built)).toContain('build');
});
