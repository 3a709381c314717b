/**
 * Every figure that README.md and docs/ quote, measured now: `npm run bench`. Sizes are exact; times are medians of
 * whole processes, and two programs are compared in one run, because machines are noisy.
 */
import { sizesTable } from './sizes.ts';
import { timesTable } from './times.ts';

const parts = process.argv.slice(2);

if (parts.length === 0 || parts.includes('sizes')) await sizesTable();
if (parts.length === 0 || parts.includes('times')) await timesTable();
