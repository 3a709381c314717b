import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { apkVersionRules } from '../../src/feed/apk/version.ts';
import { compareVersions } from '../../src/pipeline/compare-versions.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const file = join(realdata, 'alpine/version.data');

test("every line of apk-tools' version.data holds", (context) => {
  if (!existsSync(file)) context.skip(`${file} is not there`);
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => !/^\s*(#|$)/u.test(line));
  const failed = lines.filter((line) => !compareVersions(apkVersionRules, line));
  expect(failed).toEqual([]);
  expect(lines).toHaveLength(785);
});
