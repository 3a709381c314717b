import type { TestPlace } from './test-result.ts';

export interface Traceback {
  /** With the user's paths, and without frames of kilopy. */
  readonly text: string;
  /** The exception in one line. */
  readonly message: string;
  /** The innermost frame in a file of the user. */
  readonly where?: Pick<TestPlace, 'file' | 'line'> | undefined;
}

/** A file of a frame for the user; `isOwn` when the user wrote it. */
export interface FramePlace {
  readonly file: string;
  readonly isOwn: boolean;
}

/** Undefined for files of kilopy. */
export type PlaceOf = (path: string) => FramePlace | undefined;

const heading = 'Traceback (most recent call last):';

/**
 * Reads what MicroPython's `sys.print_exception` gives (py/obj/exception: one line a frame, no source text), possibly of
 * several exceptions.
 */
export function readTraceback(text: string, placeOf: PlaceOf): Traceback {
  const lines: string[] = [];
  let where: Traceback['where'];
  let message: string | undefined;
  let firstBlock = true;
  for (const line of text.replace(/\n$/u, '').split('\n')) {
    const frame = /^ {2}File "(.*)", line (\d+)(.*)$/u.exec(line);
    if (frame === null) {
      if (line === heading && lines.includes(heading)) firstBlock = false;
      else if (line !== heading && !line.startsWith('In the subtest ')) message ??= line;
      lines.push(line);
      continue;
    }
    const [, path = '', number = '', rest = ''] = frame;
    const place = placeOf(path);
    if (place === undefined) continue;
    lines.push(`  File "${place.file}", line ${number}${rest}`);
    if (firstBlock && place.isOwn) where = { file: place.file, line: Number(number) };
  }
  return { text: `${withoutRepeats(lines).join('\n')}\n`, message: message ?? '', where };
}

/** A recursion without end has hundreds of the same frame. */
function withoutRepeats(lines: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    let next = at + 1;
    while (lines[next] === line && line.startsWith('  File ')) next += 1;
    if (next - at <= 3) kept.push(...lines.slice(at, next));
    else kept.push(line, `  [the same ${String(next - at - 1)} times more]`);
    at = next;
  }
  return kept;
}
