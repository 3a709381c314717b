import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect } from 'vitest';
import { runCli, scratch, type CliResult } from './cli.ts';

/** A folder to build in, with a store and a TMPDIR of its own beside it. */
export interface Workplace {
  /** Working directory; the application lies in `app` below it. */
  readonly folder: string;
  readonly store: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Writes the files of an application into `app/`; paths that begin with `../` land beside it. */
export function workplace(
  files: Readonly<Record<string, string>> = { 'main.py': 'print("hello")\n' },
  env: Readonly<Record<string, string>> = {},
): Workplace {
  const root = scratch();
  const folder = join(root, 'work');
  for (const path of ['work/app', 'tmp']) mkdirSync(join(root, path), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, 'app', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const store = join(root, 'store');
  return { folder, store, env: { KILOPY_CACHE: store, TMPDIR: join(root, 'tmp'), KILOPY_ATTEMPTS: '2', ...env } };
}

export interface Expected {
  readonly exit: number;
  readonly code: string;
  /** What stderr has to say, such as the place and the suggestion. */
  readonly says: readonly (string | RegExp)[];
}

/**
 * Runs kilopy as for a person and with `--json`, and checks what holds for every failure: code and exit code, no stack
 * trace, nothing on stdout, nothing new among the outputs or in TMPDIR, and a store with whole files only.
 */
export async function expectFailure(place: Workplace, args: readonly string[], expected: Expected): Promise<CliResult> {
  const before = listing(place.folder);
  const options = { cwd: place.folder, env: place.env };
  const person = await runCli(args, options);
  expect(person.stderr).toContain(`error ${expected.code}: `);
  for (const text of expected.says) expect(person.stderr).toMatch(text);
  expect(person.stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/mu);
  expect(person.stderr).not.toContain('undefined');
  expect({ status: person.status, stdout: person.stdout }).toEqual({ status: expected.exit, stdout: '' });
  const program = await runCli([...args, '--json'], options);
  const answer = JSON.parse(program.stdout) as { schema: number; command: string; error: Record<string, unknown> };
  expect(answer).toMatchObject({ schema: 1, error: { code: expected.code, exitCode: expected.exit } });
  expect(typeof answer.error['message']).toBe('string');
  expect({ status: program.status, stderr: program.stderr }).toEqual({
    status: expected.exit,
    stderr: warningsOf(program),
  });
  expect(listing(place.folder)).toEqual(before);
  expect(readdirSync(place.env['TMPDIR'] ?? '')).toEqual([]);
  expectWholeStore(place.store);
  return person;
}

/** With `--json`, only warnings may go to stderr. */
function warningsOf({ stderr }: CliResult): string {
  return stderr
    .split(/(?<=\n)/u)
    .filter((line) => line.startsWith('warning: '))
    .join('');
}

/** Every blob is what its name says, and nothing is left of unfinished writing. */
export function expectWholeStore(store: string): void {
  expect(listing(join(store, 'tmp'))).toEqual([]);
  expectWholeBlobs(store);
}

/** Every blob is what its name says. */
export function expectWholeBlobs(store: string): void {
  const files = listing(store).filter(([path]) => path.startsWith('blobs/'));
  for (const [path, kind] of files) {
    if (kind === 'directory') continue;
    expect(path).toMatch(/^blobs\/sha256\/[0-9a-f]{2}\/[0-9a-f]{64}$/u);
    expect(
      createHash('sha256')
        .update(readFileSync(join(store, path)))
        .digest('hex'),
    ).toBe(basename(path));
  }
}

/** Everything below a folder with its kind, size and time of change, sorted. */
export function listing(folder: string): (readonly [path: string, kind: string])[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((path) => {
      const stat = lstatSync(join(folder, path));
      return [path, stat.isDirectory() ? 'directory' : `${String(stat.size)} ${String(stat.mtimeMs)}`];
    });
}
