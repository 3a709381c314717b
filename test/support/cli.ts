import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { recordRun } from './program-runs.ts';
import { testCache } from './recorded-mirror.ts';

export const checkout: string = resolve(import.meta.dirname, '../..');

/** The store that scripts/fill-test-store.ts filled: tests work from it without network. */
export const testStore: string = join(testCache, 'store');

export interface CliResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code, or 128 + signal number. */
  readonly status: number;
}

export interface CliOptions {
  readonly cwd?: string;
  /** Added to a small fixed environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Another Node.js to run under. */
  readonly node?: string;
}

/** Spawns the built CLI as a user would, away from the environment of the test run. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return await runProgram(options.node ?? process.execPath, [join(checkout, 'build/cli/bin.js'), ...args], {
    ...options,
    env: { KILOPY_CACHE: testStore, ...options.env },
  });
}

export async function runProgram(
  program: string,
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  const env: Record<string, string> = {};
  const wanted = { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8', NO_COLOR: '1', ...options.env };
  for (const [name, value] of Object.entries(wanted)) if (value !== undefined) env[name] = value;
  const child = spawn(program, args, { cwd: options.cwd ?? tmpdir(), env, stdio: ['pipe', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 280_000);
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  const run = { command: [program, ...args], stdout: '', stderr: '', status: undefined as number | undefined };
  recordRun(run);
  child.stdout.setEncoding('utf8').on('data', (text: string) => (run.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (run.stderr += text));
  const status = await new Promise<number>((done, fail) => {
    child.on('error', fail);
    child.on('close', (code, signal) => {
      done(code ?? 128 + (signal === 'SIGKILL' ? 9 : signal === 'SIGTERM' ? 15 : 2));
    });
  });
  clearTimeout(timer);
  run.status = status;
  return { stdout: run.stdout, stderr: run.stderr, status };
}

/** A folder that is removed after the test. */
export function scratch(name = 'kilopy-test-'): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), name)));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
