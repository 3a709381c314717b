import { describe, expect, test } from 'vitest';
import { watchConsole, type ConsoleFacts } from './console-watch.ts';

/** Feeds the text in pieces of this many bytes. */
function read(text: string, pieceBytes: number): { readonly facts: ConsoleFacts; readonly calls: number } {
  let calls = 0;
  const watch = watchConsole(() => calls++);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) watch.add(bytes.subarray(at, at + pieceBytes));
  return { facts: watch.facts(), calls };
}

const panics: readonly (readonly [string, string])[] = [
  ['VFS: Unable to mount root fs on unknown-block(0,0)', 'no root file system'],
  ['Attempted to kill init! exitcode=0x00000004', 'SIGILL'],
  ['Attempted to kill init! exitcode=0x00000100', 'exit code 1'],
  ['No working init found.  Try passing init= option to kernel.', 'no program to start'],
  ['System is deadlocked on memory', 'memory was used up'],
  ['XZ decompressor ran out of memory', 'dictionary'],
  ['something of next year', 'fault in itself'],
];

describe.each([1, 7, 4096])('in pieces of %i bytes', (pieceBytes) => {
  test('what init says', () => {
    const { facts, calls } = read(
      'hello\r\ninit: listening on 8080\r\ninit: application ended with status 3\r\n',
      pieceBytes,
    );
    expect(facts).toMatchObject({ listening: [8080], ended: { exitCode: 3 }, panic: undefined });
    expect(calls).toBeGreaterThanOrEqual(pieceBytes === 4096 ? 1 : 2);
  });

  test.each(['>>> ', '/ # ', 'root@router:~# ', '$ '])('behind the prompt "%s" of a shell', (prompt) => {
    expect(read(`${prompt}init: listening on 8080\r\n`, pieceBytes).facts.listening).toEqual([8080]);
  });

  test('an application that prints the same inside a line is not init', () => {
    expect(read('log: init: application ended with status 3\r\n', pieceBytes).facts.ended).toBeUndefined();
  });

  test('what the application has in memory', () => {
    const { facts } = read('init: memory 412 kB, 455 kB at most, 96 kB of its own\r\n', pieceBytes);
    expect(facts.memory).toEqual({ appRssBytes: 421_888, appPeakRssBytes: 465_920, appHeapPeakBytes: 98_304 });
  });

  test('killed by a signal, as a shell would say it', () => {
    expect(read('init: application killed by signal 9\n', pieceBytes).facts.ended?.exitCode).toBe(137);
  });

  test.each(panics)('%s', (message, why) => {
    const { facts } = read(`[    0.123] Kernel panic - not syncing: ${message}\r\n---[ end`, pieceBytes);
    expect(facts.panic?.message).toBe(message);
    expect(facts.panic?.why).toContain(why);
  });
});

test('a panic whose line is still coming is none yet', () => {
  expect(read('Kernel panic - not syncing: VFS: Unab', 4096).facts.panic).toBeUndefined();
});

test('the last line for messages', () => {
  expect(read('one\r\ntwo\r\n\r\n', 5).facts.lastLine).toBe('two');
});
