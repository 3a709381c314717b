import { expect, test } from 'vitest';
import { readTraceback, type FramePlace } from './traceback.ts';

function placeOf(path: string): FramePlace | undefined {
  if (path.startsWith('/.kilopy/test/files/')) return { file: path.replace('/.kilopy/test/files', 'app'), isOwn: true };
  return path.startsWith('/.kilopy/') ? undefined : { file: path, isOwn: path.startsWith('/app/') };
}

const head = 'Traceback (most recent call last):\n';
const driver = '  File "/.kilopy/test/run.py", line 60, in call\n';

test('frames of kilopy go, and the innermost of the user is the place', () => {
  const frozen = '  File "asyncio/core.py", line 1, in run\n';
  const text = `${head}${driver}${frozen}  File "/.kilopy/test/files/test_a.py", line 7, in test_x\n${frozen}OSError: [Errno 2] ENOENT\n`;
  expect(readTraceback(text, placeOf)).toEqual({
    text: `${head}${frozen}  File "app/test_a.py", line 7, in test_x\n${frozen}OSError: [Errno 2] ENOENT\n`,
    message: 'OSError: [Errno 2] ENOENT',
    where: { file: 'app/test_a.py', line: 7 },
  });
});

test('of several exceptions the first is what failed', () => {
  const frame = '  File "/app/main.py", line 1, in f\n';
  const other = frame.replace('1', '2');
  const text = `In the subtest i=1:\n${head}${frame}AssertionError: one\n${head}${other}KeyError: two\n`;
  expect(readTraceback(text, placeOf)).toMatchObject({
    message: 'AssertionError: one',
    where: { file: '/app/main.py', line: 1 },
  });
});

test('a recursion without end is short', () => {
  const frame = '  File "/app/main.py", line 2, in f\n';
  const { text } = readTraceback(
    `${head}${frame.repeat(200)}RuntimeError: maximum recursion depth exceeded\n`,
    placeOf,
  );
  expect(text).toBe(`${head}${frame}  [the same 199 times more]\nRuntimeError: maximum recursion depth exceeded\n`);
});

test('a traceback of nothing but kilopy has no place', () => {
  expect(readTraceback(`${head}${driver}MemoryError:\n`, placeOf).where).toBeUndefined();
});
