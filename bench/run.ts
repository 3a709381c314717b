/**
 * The figures of README.md and docs/ that are measured here, measured now: `npm run bench`; the table of README.md is that of `kilopy compare`. Sizes are exact; times are medians of
 * whole processes, and two programs are compared in one run, because machines are noisy. `npm run bench -- runtimes --write`
 * also writes the tables of docs/runtime.md, of all runtimes that are compiled; `npm run bench -- compile` compiles one,
 * `npm run bench -- boot` boots machines.
 */
import { existsSync } from 'node:fs';
import { store } from './support/kilopy.ts';
import { apkTable } from './apk.ts';
import { bootTable } from './boot.ts';
import { initTable } from './init.ts';
import { registryTable } from './registry.ts';
import { openwrtTable } from './openwrt.ts';
import { recipesTable } from './recipes.ts';
import { singleFileTable } from './single-file.ts';
import { sizesTable } from './sizes.ts';
import { compileTable, runtimesTable } from './runtimes.ts';
import { timesTable } from './times.ts';

const parts = process.argv.slice(2);

if (!existsSync(store)) {
  console.error('The bench works from the store that the tests fill: run `npm test` (or sh scripts/setup.sh) first.');
  process.exit(6);
}

if (parts.length === 0 || parts.includes('sizes')) await sizesTable();
if (parts.length === 0 || parts.includes('recipes')) recipesTable();
if (parts.length === 0 || parts.includes('init')) await initTable();
if (parts.length === 0 || parts.includes('bin')) await singleFileTable();
if (parts.length === 0 || parts.includes('times')) await timesTable();
if (parts.length === 0 || parts.includes('openwrt')) await openwrtTable();
if (parts.length === 0 || parts.includes('runtimes')) await runtimesTable(parts.includes('--write'));
if (parts.length === 0 || parts.includes('apk')) apkTable();
if (parts.length === 0 || parts.includes('registry')) await registryTable();
if (parts.includes('compile')) compileTable();
// By name only: it may have to build kernels.
if (parts.includes('boot')) bootTable();
