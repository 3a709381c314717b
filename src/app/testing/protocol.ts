import { posix } from 'node:path';
import type { TestFile } from './find-tests.ts';
import { driverPath, testFilesFolder, testRoot } from './driver-source.ts';

/**
 * What the driver says. Each is one line that begins with the nonce of the job; fields are divided by tabs, and `%`, tab and line ends in
 * them are written as in URLs. Everything else on the streams is the output of the code under test.
 */
export type DriverEvent =
  | { readonly kind: 'ready' | 'done' }
  | { readonly kind: 'load' | 'loaded' | 'finished'; readonly file: string }
  | {
      readonly kind: 'unloaded';
      readonly file: string;
      readonly verdict: 'fail' | 'skip';
      readonly text: string;
    }
  | { readonly kind: 'hidden' | 'start' | 'end'; readonly id: string }
  | {
      readonly kind: 'pass' | 'fail' | 'skip';
      readonly id: string;
      readonly durationMs: number;
      /** A traceback, or why it was skipped. */
      readonly text: string;
    };

export interface TestJob {
  /** Nobody can guess it: at least 128 random bits, as hexadecimal digits. */
  readonly nonce: string;
  readonly files: readonly TestFile[];
  /** A test is run when its id has one of these in it, `*` standing for anything; all tests when there are none. */
  readonly patterns: readonly string[];
  /** Ids of tests that have been run already. */
  readonly done: ReadonlySet<string>;
  /** Folder of the program inside the image, absolute. */
  readonly programFolder: string;
}

/** The command that runs the driver. */
export function driverCommand(runtime: string): readonly string[] {
  return [runtime, `${testRoot}/${driverPath}`];
}

/** What the driver reads from stdin. */
export function formatJob(job: TestJob): string {
  const lines: (readonly string[])[] = [
    ['path', job.programFolder],
    ...job.patterns.map((pattern) => ['keep', pattern]),
    ...[...job.done].map((id) => ['done', id]),
    ...job.files.map(({ path, order }) => {
      const place = posix.join(testRoot, testFilesFolder, path);
      return ['file', path, place, posix.dirname(place), ...order];
    }),
    ['end'],
  ];
  return `${job.nonce}\n${lines.map((fields) => `${fields.map(encode).join('\t')}\n`).join('')}`;
}

export interface StreamReader {
  /** Takes the next piece of the stream. */
  push(chunk: Uint8Array): void;
  /** Hands out what was held back. */
  end(): void;
}

/** Divides a stream into the driver's events and the output between them, wherever the pieces are cut. */
export function createStreamReader(
  nonce: string,
  on: { readonly event: (event: DriverEvent) => void; readonly output: (bytes: Uint8Array) => void },
): StreamReader {
  const mark = Buffer.from(nonce);
  let held = Buffer.alloc(0);
  return {
    push(chunk) {
      let rest: Buffer = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
      for (;;) {
        const at = rest.indexOf(mark);
        if (at === -1) break;
        output(rest.subarray(0, at));
        rest = rest.subarray(at);
        const end = rest.indexOf(0x0a);
        if (end === -1) break;
        const event = parseEvent(rest.subarray(mark.length, end).toString('utf8').split('\t').map(decode));
        if (event !== undefined) on.event(event);
        rest = rest.subarray(end + 1);
      }
      // A mark may have begun in the last bytes.
      const keep = rest.subarray(0, mark.length).equals(mark) ? rest.length : beginning(rest, mark);
      output(rest.subarray(0, rest.length - keep));
      held = Buffer.from(rest.subarray(rest.length - keep));
    },
    end() {
      output(held);
      held = Buffer.alloc(0);
    },
  };

  function output(bytes: Buffer): void {
    if (bytes.length > 0) on.output(bytes);
  }
}

/** Length of the longest end of `bytes` with which `mark` begins. */
function beginning(bytes: Buffer, mark: Buffer): number {
  for (let length = Math.min(bytes.length, mark.length - 1); length > 0; length -= 1) {
    if (mark.subarray(0, length).equals(bytes.subarray(bytes.length - length))) return length;
  }
  return 0;
}

/** Undefined for a line that a dying driver did not finish. */
function parseEvent(fields: readonly string[]): DriverEvent | undefined {
  const [kind, name, third = '', fourth = ''] = fields;
  if (kind === 'ready' || kind === 'done') return { kind };
  if (name === undefined) return undefined;
  switch (kind) {
    case 'load':
    case 'loaded':
    case 'finished':
      return { kind, file: name };
    case 'unloaded':
      return { kind, file: name, verdict: third === 'skip' ? 'skip' : 'fail', text: fourth };
    case 'hidden':
    case 'start':
    case 'end':
      return { kind, id: name };
    case 'pass':
    case 'fail':
    case 'skip':
      return { kind, id: name, durationMs: Number(third) / 1000, text: fourth };
    default:
      return undefined;
  }
}

function encode(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\t', '%09').replaceAll('\n', '%0A').replaceAll('\r', '%0D');
}

function decode(text: string): string {
  return text.replaceAll('%09', '\t').replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');
}
