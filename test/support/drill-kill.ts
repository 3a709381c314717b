import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { checkout } from './cli.ts';
import { build, buildWords, expectRight, written, type Contents } from './drill-site.ts';
import { expectWholeBlobs, type Workplace } from './failing-cli.ts';
import { recordRun } from './program-runs.ts';

/**
 * When to end a build: so long after so many lines of `--verbose` have come. Without a delay the build ends itself with the signal in
 * the very call that writes the line, so that even a step of less than a millisecond is met.
 */
export interface Moment {
  readonly line: number;
  readonly delayMs: number;
}

/** Environment of a Node.js program that sends itself a signal when it has written so many lines to stderr. */
function endsItself(signal: NodeJS.Signals, line: number): Readonly<Record<string, string>> {
  const code = `
    const write = process.stderr.write.bind(process.stderr);
    let lines = 0;
    process.stderr.write = (text, ...rest) => {
      const before = lines;
      lines += String(text).split('\\n').length - 1;
      const result = write(text, ...rest);
      if (before < ${String(line)} && lines >= ${String(line)}) process.kill(process.pid, '${signal}');
      return result;
    };`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

export interface Killed {
  /** The step that was under way, by its event name; `start` before the first. */
  readonly step: string;
  /** Whether the build was faster than the signal. */
  readonly tooLate: boolean;
}

interface Watched {
  readonly stderr: string;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** When each line came, in milliseconds from the start. */
  readonly timesMs: readonly number[];
  readonly durationMs: number;
}

/** Runs a build that reads the indexes, with `--verbose`, and ends it at the moment. */
export async function watchBuild(place: Workplace, signal?: NodeJS.Signals, moment?: Moment): Promise<Watched> {
  const words = [join(checkout, 'build/cli/bin.js'), ...buildWords, '--verbose', '--update-lock'];
  const isExact = signal !== undefined && moment !== undefined && moment.line > 0 && moment.delayMs === 0;
  const env = {
    PATH: process.env.PATH,
    HOME: place.folder,
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    ...place.env,
    ...(isExact ? endsItself(signal, moment.line) : {}),
  };
  const startedMs = Date.now();
  const child = spawn(process.execPath, words, { cwd: place.folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const timesMs: number[] = [];
  const run = { command: words, stdout: '', stderr: '', status: undefined as number | null | undefined };
  recordRun(run);
  let timer: NodeJS.Timeout | undefined;
  function look(): void {
    if (isExact || moment === undefined || timer !== undefined || timesMs.length < moment.line) return;
    timer = setTimeout(() => child.kill(signal), moment.delayMs);
  }
  look();
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    run.stderr += text;
    for (const one of text) if (one === '\n') timesMs.push(Date.now() - startedMs);
    look();
  });
  const end = await new Promise<Pick<Watched, 'status' | 'signal'>>((done) => {
    child.on('close', (status, by) => done({ status, signal: by }));
  });
  clearTimeout(timer);
  run.status = end.status;
  return { stderr: run.stderr, ...end, timesMs, durationMs: Date.now() - startedMs };
}

/**
 * Moments for a build like the one watched: `count` of them, first twice the exact end of every line, then at random between
 * any two lines.
 */
export function moments({ timesMs, durationMs }: Watched, count: number, random: () => number): readonly Moment[] {
  const starts = [0, ...timesMs];
  return Array.from({ length: count }, (_, at) => {
    const line = at % starts.length;
    const gapMs = (starts[line + 1] ?? durationMs) - (starts[line] ?? 0);
    return { line, delayMs: at < 2 * starts.length ? 0 : 1 + Math.floor(random() * gapMs) };
  });
}

export const versions: readonly string[] = ['import sys\n\nprint("one", sys.platform)\n', 'print("two", 2 ** 64)\n'];

/**
 * Ends a build of version `next` in a place where the outputs of the other version stand, then builds again. Every
 * output is the old or the new one at any time, and in the end there is nothing but the new ones.
 */
export async function drillKill(
  place: Workplace,
  next: 0 | 1,
  references: readonly Contents[],
  signal: 'SIGINT' | 'SIGKILL',
  moment: Moment,
): Promise<Killed> {
  writeFileSync(join(place.folder, 'app/main.py'), versions[next] ?? '');
  const watched = await watchBuild(place, signal, moment);
  const tooLate = watched.signal === null && watched.status === 0;
  const after = written(place);
  expectOldOrNew(after, references[1 - next] ?? {}, references[next] ?? {}, signal === 'SIGKILL');
  expectWholeBlobs(place.store);
  if (signal === 'SIGINT' && !tooLate) {
    expect(watched).toMatchObject(
      // Before the handler is there, the signal simply ends the process.
      watched.signal === null ? { status: 130, stderr: expect.stringContaining('KP1002') } : { signal: 'SIGINT' },
    );
  }
  await expectRight(place, references[next] ?? {});
  return { step: lastStep(watched.stderr), tooLate };
}

const temporary = /^(?:out|app)\/\.kilopy-\d[^/]*\.tmp/u;

/** Temporary files may stand beside the outputs of a process that could not clean up. */
function expectOldOrNew(found: Contents, old: Contents, fresh: Contents, mayLeave: boolean): void {
  for (const [path, content] of Object.entries(found)) {
    if (mayLeave && temporary.test(path)) continue;
    expect({ path, isOneOf: [old[path], fresh[path]].includes(content) }).toEqual({ path, isOneOf: true });
  }
  // A folder is replaced by two renames: after a kill between them the old one stands in the temporary folder.
  const isMoved = Object.keys(found).some((path) => /^out\/\.kilopy-[^/]*\/old$/u.test(path));
  for (const path of Object.keys(old)) {
    if (mayLeave && isMoved && /^out\/[^/]*\.rootfs(?:\/|$)/u.test(path)) continue;
    expect(Object.keys(found)).toContain(path);
  }
}

/** The step under way at the end of what `--verbose` said. */
export function lastStep(stderr: string): string {
  const known = /^(spec|app|feed|solve|lock|fetch|unpack|tree|imports|passes|compress|emit|write): /gmu;
  return [...stderr.matchAll(known)].at(-1)?.[1] ?? 'start';
}

/** The outputs of both versions, made without a disturbance; the place then has those of the first. */
export async function killReferences(place: Workplace): Promise<readonly Contents[]> {
  const references: Contents[] = [];
  for (const version of [1, 0]) {
    writeFileSync(join(place.folder, 'app/main.py'), versions[version] ?? '');
    expect(await build(place)).toMatchObject({ status: 0 });
    references[version] = written(place);
  }
  expect(readFileSync(join(place.folder, 'app/main.py'), 'utf8')).toBe(versions[0]);
  return references;
}
