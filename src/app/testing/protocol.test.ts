import { array, assert, nat, property } from 'fast-check';
import { expect, test } from 'vitest';
import { createStreamReader, formatJob, type DriverEvent } from './protocol.ts';

const nonce = '0123456789abcdef0123456789abcdef';

/** What comes out of a stream in pieces: events, and the output between them joined. */
function read(bytes: Buffer, cuts: readonly number[]): (DriverEvent | string)[] {
  const parts: (DriverEvent | string)[] = [];
  const reader = createStreamReader(nonce, {
    event: (event) => parts.push(event),
    output(output) {
      const text = Buffer.from(output).toString('latin1');
      const last = parts.at(-1);
      if (typeof last === 'string') parts.splice(-1, 1, last + text);
      else parts.push(text);
    },
  });
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [at, start] of places.entries()) reader.push(bytes.subarray(start, places[at + 1]));
  reader.end();
  return parts;
}

const stream = [
  'before\n',
  `${nonce}start\ttest_a.py::test_x\n`,
  'ok 1 - fake\npass\ttest_a.py::test_x\t1\t\n',
  `${nonce.slice(0, 31)}x no line end `,
  `${nonce}fail\ttest_a.py::test_x\t1500\tTraceback%0A  File "100%25%09"%0D%0A\n`,
  nonce.slice(0, 20),
].join('');

test('events and output are told apart', () => {
  expect(read(Buffer.from(stream), [])).toEqual([
    'before\n',
    { kind: 'start', id: 'test_a.py::test_x' },
    `ok 1 - fake\npass\ttest_a.py::test_x\t1\t\n${nonce.slice(0, 31)}x no line end `,
    { kind: 'fail', id: 'test_a.py::test_x', durationMs: 1.5, text: 'Traceback\n  File "100%\t"\r\n' },
    nonce.slice(0, 20),
  ]);
});

test('it does not matter where a stream is cut', () => {
  const bytes = Buffer.from(stream);
  const whole = read(bytes, []);
  assert(
    property(array(nat(), { maxLength: 12 }), (cuts) => {
      expect(read(bytes, cuts)).toEqual(whole);
    }),
  );
});

test('a line that a dying driver did not finish is output', () => {
  expect(read(Buffer.from(`${nonce}pass\ttest_a`), [])).toEqual([`${nonce}pass\ttest_a`]);
  expect(read(Buffer.from(`${nonce}pass\n${nonce}\n`), [])).toEqual([]);
});

test('names with tabs, line ends and percent signs stay in their fields', () => {
  const file = { path: 'a\tb/test_%0A\n.py', order: ['test_ü'], lines: [] };
  const content = { digest: 'sha256:0', sizeBytes: 0 } as const;
  const job = { nonce, files: [{ ...file, content }], patterns: ['x\n'], done: new Set(['d']), programFolder: '/app' };
  expect(formatJob(job).split('\n')).toEqual([
    nonce,
    'path\t/app',
    'keep\tx%0A',
    'done\td',
    'file\ta%09b/test_%250A%0A.py\t/.kilopy/test/files/a%09b/test_%250A%0A.py\t/.kilopy/test/files/a%09b\ttest_ü',
    'end',
    '',
  ]);
});
