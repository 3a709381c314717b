import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from './cli.ts';

/** Environment that makes a Node.js child write down its peak resident memory when it ends, and how to read it. */
export function peakMemory(): { readonly env: Readonly<Record<string, string>>; readonly bytes: () => number } {
  const folder = scratch();
  const script = join(folder, 'measure.cjs');
  const result = join(folder, 'kilobytes');
  writeFileSync(
    script,
    `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(result)}, String(process.resourceUsage().maxRSS)));`,
  );
  return {
    env: { NODE_OPTIONS: `--require=${script}` },
    bytes: () => Number(readFileSync(result, 'utf8')) * 1024,
  };
}
