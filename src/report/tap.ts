import type { TargetResult, TestResult } from '../app/testing/test-result.ts';

/** Makes the lines of a TAP stream as results come. Each piece is a text that ends with a line end. */
export interface TapWriter {
  /** Its heading comes with the first result: where there is none, an error says why. */
  readonly target: (target: string, machine: string) => void;
  readonly result: (result: TestResult) => string;
  readonly targetDone: (result: TargetResult) => string;
  readonly end: () => string;
}

/**
 * TAP version 14 (https://testanything.org/tap-version-14-specification.html): one subtest a target, and what is to be
 * said of a failure as YAML below its line.
 */
export function createTapWriter(): TapWriter {
  let targets = 0;
  let tests = 0;
  let heading = '';
  return {
    target(target, machine) {
      tests = 0;
      heading = `${targets++ === 0 ? 'TAP version 14\n' : ''}# Subtest: ${escapeTap(target)}\n    # ${escapeTap(machine)}\n`;
    },
    result(result) {
      const lines = indent(resultLines(result, ++tests), 4);
      return tests === 1 ? heading + lines : lines;
    },
    targetDone: (result) =>
      `${indent([`1..${String(tests)}`], 4)}${result.failed > 0 ? 'not ' : ''}ok ${String(targets)} - ${escapeTap(result.target)}\n` +
      `# ${result.target}: ${countText(result)}\n`,
    end: () => `1..${String(targets)}\n`,
  };
}

/** The summary that every report ends with. */
export function countText({ passed, failed, skipped }: Pick<TargetResult, 'passed' | 'failed' | 'skipped'>): string {
  return `${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`;
}

function resultLines(result: TestResult, number: number): readonly string[] {
  const line = `${result.status === 'failed' ? 'not ok' : 'ok'} ${String(number)} - ${escapeTap(result.id)}`;
  if (result.status === 'skipped') return [`${line} # SKIP ${escapeTap(result.message ?? '')}`.trimEnd()];
  if (result.status === 'passed') return [line];
  return [line, ...[...diagnostics(result)].map((text) => `  ${text}`)];
}

function* diagnostics({ message, where, traceback, stdout, stderr, durationMs }: TestResult): Generator<string> {
  yield '---';
  yield `message: ${JSON.stringify(message ?? '')}`;
  if (where !== undefined) {
    yield `at: ${JSON.stringify(`${where.file}:${String(where.line)}`)}`;
    if (where.source !== undefined && where.source !== '') yield `source: ${JSON.stringify(where.source)}`;
  }
  yield `duration_ms: ${durationMs.toFixed(1)}`;
  yield* block('traceback', traceback ?? '');
  yield* block('stdout', stdout);
  yield* block('stderr', stderr);
  yield '...';
}

/** A literal block of YAML; control characters have no place in one. */
function* block(name: string, text: string): Generator<string> {
  if (text === '') return;
  yield `${name}: |2`;
  const lines = text.replace(/\r?\n$/u, '').split(/\r\n|[\n\r\u0085\u2028\u2029]/u);
  for (const line of lines) yield `  ${printable(line)}`.trimEnd();
}

function printable(text: string): string {
  return text.replaceAll(/[^\t\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\x${code.toString(16).padStart(2, '0')}`;
  });
}

/** `#` begins a directive; a description has one line. */
function escapeTap(text: string): string {
  return printable(text.replaceAll('\\', '\\\\').replaceAll('#', '\\#'));
}

function indent(lines: readonly string[], spaces: number): string {
  return lines.map((line) => `${' '.repeat(spaces)}${line}\n`).join('');
}
