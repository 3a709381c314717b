import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { boards } from '../../machine/qemu-system/boards.ts';
import { formatAllConfig, lostSettings, mergeSettings, parseFragment } from './kernel-config.ts';
import { fragmentsOf, patchesOf } from './kernel-fragments.ts';

const folder = resolve(import.meta.dirname, '../../../device/kernel');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
const read = (path: string): string => readFileSync(join(folder, path), 'utf8');

test.each(files.filter((path) => path.endsWith('.config')))('%s: each setting says why, and is there once', (path) => {
  const settings = parseFragment(read(path), path);
  expect(settings.length).toBeGreaterThan(0);
  expect(new Set(settings.map(({ symbol }) => symbol)).size).toBe(settings.length);
  for (const { why } of settings) expect(why.length).toBeGreaterThan(3);
});

test('every kernel of the table has its fragments and patches, and no file is without use', () => {
  const used = new Set<string>();
  for (const board of boards) {
    for (const variant of board.kernels) {
      for (const path of [...fragmentsOf(board, variant), ...patchesOf(board)]) used.add(path);
    }
  }
  expect([...used].sort()).toEqual(files.filter((path) => /\.(?:config|patch)$/.test(path)).sort());
});

test.each(['CONFIG_A=y', '# CONFIG_A is not set', 'CONFIG_A # why', '#CONFIG_A=y # why'])('%j is refused', (line) => {
  expect(() => parseFragment(`# heading\n${line}\n`, 'x.config')).toThrow(/not a setting/);
});

const settings = mergeSettings([
  parseFragment('CONFIG_A=y # one\nCONFIG_B=12 # two\n', 'a'),
  parseFragment('# CONFIG_A is not set # three\nCONFIG_C="x y" # four\n', 'b'),
]);

test('later fragments win', () => {
  expect(formatAllConfig(settings)).toBe('# CONFIG_A is not set\nCONFIG_B=12\nCONFIG_C="x y"\n');
});

test.each([
  ['CONFIG_B=12\nCONFIG_C="x y"\n', []],
  ['CONFIG_A=y\nCONFIG_B=12\nCONFIG_C="x y"\n', ['CONFIG_A']],
  ['CONFIG_B=13\n', ['CONFIG_B', 'CONFIG_C']],
])('what kconfig did not take over: %j', (dotConfig, lost) => {
  expect(lostSettings(settings, dotConfig).map(({ symbol }) => symbol)).toEqual(lost);
});
