import { captureOutput } from '../app/testing/captured-output.ts';
import type { TestFile } from '../app/testing/find-tests.ts';
import type { DriverEvent } from '../app/testing/protocol.ts';
import type { TestPlace, TestResult } from '../app/testing/test-result.ts';
import { readTraceback, type PlaceOf } from '../app/testing/traceback.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { runTestJob, type JobEnd, type JobRun } from './run-test-job.ts';

export interface TargetTests extends JobRun {
  readonly files: readonly TestFile[];
  readonly patterns: readonly string[];
  readonly programFolder: string;
  readonly placeOf: PlaceOf;
  /** Text of a line of the user's, by the path that `placeOf` gives. */
  readonly sourceLine: (file: string, line: number) => string | undefined;
}

export interface TargetTestsEnd {
  /** Ids of tests that no pattern chose. */
  readonly hidden: ReadonlySet<string>;
}

/**
 * Runs the tests of one target and gives each result as it comes. A test that takes too long or ends MicroPython has failed; what comes after
 * it is run by starting anew.
 *
 * @throws KilopyError KP1104 when MicroPython ends without reaching a test
 */
export async function runTargetTests(
  ctx: Context,
  tests: TargetTests,
  onResult: (result: TestResult) => void,
): Promise<TargetTestsEnd> {
  const done = new Set<string>();
  const hidden = new Set<string>();
  let files = tests.files;
  while (files.length > 0) {
    const before = { done: done.size, files: files.length };
    const round = createRound(tests, onResult);
    const end = await runTestJob(ctx, tests, { ...tests, files, done }, round);
    round.finish(end);
    for (const id of round.hidden) hidden.add(id);
    for (const id of round.done) done.add(id);
    files = files.filter(({ path }) => !round.finished.has(path));
    if (round.isComplete()) break;
    if (done.size === before.done && files.length === before.files) throw notStarted(end, round.words());
  }
  return { hidden };
}

function notStarted(end: JobEnd, words: string): KilopyError {
  return new KilopyError('KP1104', 'MicroPython ended before the first test', {
    why: `${endText(end)}${words.trim() === '' ? '' : `; it wrote: ${words.trim().slice(-2000)}`}`,
    data: { exitCode: end.exitCode, signal: end.signal },
  });
}

function endText(end: JobEnd): string {
  if (end.signal !== undefined) return `MicroPython was ended by ${end.signal}`;
  return `MicroPython ended with exit code ${String(end.exitCode)}`;
}

type Draft = Omit<TestResult, 'stderr'>;

/** One start of the driver. */
function createRound(
  tests: TargetTests,
  onResult: (result: TestResult) => void,
): {
  readonly event: (event: DriverEvent, stream: 'stdout' | 'stderr') => void;
  readonly output: (bytes: Uint8Array, stream: 'stdout' | 'stderr') => void;
  readonly finish: (end: JobEnd) => void;
  readonly isComplete: () => boolean;
  readonly words: () => string;
  readonly done: Set<string>;
  readonly finished: Set<string>;
  readonly hidden: Set<string>;
} {
  const done = new Set<string>();
  const finished = new Set<string>();
  const hidden = new Set<string>();
  const captured = { stdout: captureOutput(), stderr: captureOutput() };
  /** Results that wait for the end of their stderr, in the order in which they came. */
  const waiting: Draft[] = [];
  const stderrOf = new Map<string, string>();
  /** Ended by KeyboardInterrupt: by a time-out, or by themselves. */
  const interrupted = new Set<string>();
  let running: string | undefined;
  let loading: string | undefined;
  let complete = false;
  /** Of stderr, after the last mark in it. */
  let lastWords = '';

  return {
    done,
    finished,
    hidden,
    isComplete: () => complete,
    words: () => lastWords,
    output: (bytes, stream) => captured[stream].add(bytes),
    event: (event, stream) => (stream === 'stderr' ? onStderrMark(event) : onEvent(event)),
    finish(end) {
      if (end.overdue) markOverdue();
      const unfinished = running ?? loading;
      if (unfinished !== undefined && !complete) {
        if (running === undefined) finished.add(unfinished);
        const message = end.overdue ? overdueText() : `${endText(end)} in the middle of the test`;
        add({ ...named(unfinished), status: 'failed', durationMs: end.overdue ? tests.timeoutMs : 0, message });
      }
      lastWords = captured.stderr.take();
      for (const draft of waiting.splice(0)) emit(draft, stderrOf.get(draft.id) ?? lastWords);
    },
  };

  function onStderrMark(event: DriverEvent): void {
    if (event.kind === 'start' || event.kind === 'load') captured.stderr.take();
    if (event.kind === 'end') stderrOf.set(event.id, captured.stderr.take());
    if (event.kind === 'loaded') stderrOf.set(event.file, captured.stderr.take());
    flush();
  }

  function onEvent(event: DriverEvent): void {
    switch (event.kind) {
      case 'load':
        loading = event.file;
        captured.stdout.take();
        break;
      case 'loaded':
        loading = undefined;
        break;
      case 'unloaded':
        loading = undefined;
        // After an interrupt the driver does not get to say so.
        finished.add(event.file);
        add({ ...named(event.file), durationMs: 0, ...verdict(event.verdict, event.file, event.text) });
        break;
      case 'finished':
        finished.add(event.file);
        break;
      case 'hidden':
        hidden.add(event.id);
        break;
      case 'start':
        running = event.id;
        captured.stdout.take();
        break;
      case 'pass':
      case 'fail':
      case 'skip':
        running = undefined;
        add({ ...named(event.id), durationMs: event.durationMs, ...verdict(event.kind, event.id, event.text) });
        break;
      case 'done':
        complete = true;
        break;
      default:
    }
  }

  function add(draft: Omit<Draft, 'stdout'>): void {
    done.add(draft.id);
    waiting.push({ ...draft, stdout: captured.stdout.take() });
    flush();
  }

  function flush(): void {
    for (let [draft] = waiting; draft !== undefined; [draft] = waiting) {
      const stderr = stderrOf.get(draft.id);
      // The interrupt of a time-out is told before the run has ended; only its end says that it was one.
      if (stderr === undefined || interrupted.has(draft.id)) return;
      waiting.shift();
      emit(draft, stderr);
    }
  }

  function emit(draft: Draft, stderr: string): void {
    stderrOf.delete(draft.id);
    onResult({ ...draft, stderr });
  }

  function verdict(
    kind: 'pass' | 'fail' | 'skip',
    id: string,
    text: string,
  ): Pick<Draft, 'status' | 'message' | 'where' | 'traceback'> {
    if (kind === 'pass') return { status: 'passed' };
    if (kind === 'skip') return { status: 'skipped', message: text };
    const { text: traceback, message, where } = readTraceback(text, tests.placeOf);
    const place: TestPlace | undefined =
      where === undefined ? undefined : { ...where, source: tests.sourceLine(where.file, where.line) };
    if (/^KeyboardInterrupt\b/mu.test(text)) interrupted.add(id);
    return { status: 'failed', message: message.replace(/:?\s*$/u, ''), where: place, traceback };
  }

  function markOverdue(): void {
    const last = waiting.at(-1);
    if (last !== undefined && interrupted.has(last.id)) waiting.splice(-1, 1, { ...last, message: overdueText() });
  }

  function overdueText(): string {
    return `it did not end within ${String(tests.timeoutMs / 1000)} s`;
  }
}

function named(id: string): Pick<TestResult, 'id' | 'file' | 'name'> {
  const at = id.indexOf('::');
  return at === -1 ? { id, file: id, name: '(import)' } : { id, file: id.slice(0, at), name: id.slice(at + 2) };
}
