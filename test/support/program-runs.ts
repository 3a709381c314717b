import { TestRunner } from 'vitest';

/** A program that a test has started, and what it has said so far. */
export interface ProgramRun {
  readonly command: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined while it runs; null when a signal has ended it. */
  readonly status: number | null | undefined;
}

interface Recorded {
  /** Undefined in a hook of a whole file or suite. */
  readonly test: string | undefined;
  readonly run: ProgramRun;
}

const recorded: Recorded[] = [];

/** The newest so many are told, and so much of the end of each output, where the reason stands. */
const toldRuns = 4;
const toldChars = 3000;

/** Keeps a run for the case that its test fails. The run may change until then. */
export function recordRun(run: ProgramRun): void {
  recorded.push({ test: TestRunner.getCurrentTest()?.id, run });
}

/** What the newest programs of a test said, of the hooks before it when it started none. Empty without any. */
export function tellRuns(test?: string): string {
  const own = recorded.filter((one) => one.test === test);
  const runs = own.length > 0 ? own : recorded.filter((one) => one.test === undefined);
  return runs
    .slice(-toldRuns)
    .map(({ run }) => tell(run))
    .join('');
}

/** Called after each test. */
export function forgetRuns(test: string): void {
  recorded.splice(0, recorded.length, ...recorded.filter((one) => one.test !== test));
}

function tell({ command, status, stdout, stderr }: ProgramRun): string {
  const ended = status === undefined ? 'still runs' : `ended with ${status === null ? 'a signal' : String(status)}`;
  return `\n$ ${command.join(' ')}\n${tellStream('stdout', stdout)}${tellStream('stderr', stderr)}(${ended})\n`;
}

function tellStream(name: string, text: string): string {
  if (text === '') return '';
  const skipped = Math.max(0, text.length - toldChars);
  const end = text.slice(skipped).trimEnd();
  return `${name}: ${skipped > 0 ? `(after ${String(skipped)} characters) ` : ''}${end}\n`;
}
