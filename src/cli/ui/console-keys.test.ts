import { expect, test } from 'vitest';
import { createKeyReader } from './console-keys.ts';

test.each([
  ['abc', false, 'abc', 0],
  ['\u0001x', false, '', 1],
  ['a\u0001\u0001b', false, 'a\u0001b', 0],
  ['\u0003', false, '\u0003', 0],
  ['\u0003', true, '', 1],
  ['\u0001cb', true, 'b', 0],
] as const)('%j', (typed, interrupts, pressed, quits) => {
  for (const pieceBytes of [1, 100]) {
    let keys = '';
    let count = 0;
    const reader = createKeyReader(
      { press: (bytes) => (keys += Buffer.from(bytes).toString()), quit: () => count++ },
      interrupts,
    );
    const bytes = Buffer.from(typed);
    for (let at = 0; at < bytes.length; at += pieceBytes) reader.add(bytes.subarray(at, at + pieceBytes));
    expect([keys, count]).toEqual([pressed, quits]);
  }
});
