import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { deadNetwork } from '../../test/support/recorded-mirror.ts';
import { testStore } from '../../test/support/cli.ts';
import type { BuildResult } from '../../src/pipeline/build-request.ts';

export const checkout: string = resolve(import.meta.dirname, '../..');
export const cli: string = join(checkout, 'build/cli/bin.js');

/** The store that the tests fill; warm figures need it. */
export const store: string = testStore;

export function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'kilopy-bench-'));
}

/** Builds with the compiled CLI and returns what `--json` says. */
export function build(args: readonly string[], cwd: string): BuildResult {
  const env = { ...process.env, ...deadNetwork, KILOPY_CACHE: store };
  const out = execFileSync(process.execPath, [cli, 'build', ...args, '--offline', '--json'], {
    cwd,
    env,
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(out.toString('utf8')) as BuildResult;
}

/** `1 234 567` */
export function bytes(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ' ');
}

/** Prints a Markdown table. */
export function printTable(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  console.log(`## ${title}\n\n${markdownTable(head, rows)}\n`);
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
