import { expect, test } from 'vitest';
import { captureOutput } from './captured-output.ts';

const kibi = 1024;

test.each([
  ['in one piece', 1, 10_000_000],
  ['in small pieces', 100_000, 100],
])('of ten megabytes %s the ends are kept', (_, pieces, sizeBytes) => {
  const output = captureOutput();
  output.add(Buffer.from('first '));
  for (let at = 0; at < pieces; at += 1) output.add(Buffer.alloc(sizeBytes, 'x'));
  output.add(Buffer.from(' last'));
  const text = output.take();
  expect(text).toMatch(/^first x+\n\[9934475 bytes left out\]\nx+ last$/u);
  expect(text.length).toBeLessThan(65 * kibi);
  expect(output.take()).toBe('');
});

test('what fits is given as it was, also when a character is cut', () => {
  const output = captureOutput();
  const text = 'ü'.repeat(30 * kibi);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 999) output.add(bytes.subarray(at, at + 999));
  expect(output.take()).toBe(text);
});
