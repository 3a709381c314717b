import { expect, test } from 'vitest';
import { KilopyError } from '../errors/kilopy-error.ts';
import { readAr } from './ar.ts';

const gnu = ar([
  ['//', 'a-very-long-member-name.txt/\n'],
  ['debian-binary', '2.0\n'],
  ['odd/', 'abc'],
  ['/0', 'long'],
]);
const bsd = ar([
  ['__.SYMDEF', 'xx'],
  ['#1/20', 'name in the content\0body'],
]);

test('plain, GNU and BSD names', () => {
  expect(contents(gnu)).toEqual([
    ['debian-binary', '2.0\n'],
    ['odd', 'abc'],
    ['a-very-long-member-name.txt', 'long'],
  ]);
  expect(contents(bsd)).toEqual([['name in the content', 'body']]);
  expect([...readAr(gnu)][0]).toMatchObject({ mtimeSeconds: 12, uid: 3, gid: 4, mode: 0o100644 });
});

test('truncations and flipped bits give members or KilopyError, nothing else', () => {
  for (const whole of [gnu, bsd]) {
    for (let length = 0; length < whole.length - 1; length++)
      expect(readable(whole.subarray(0, length))).toBeTypeOf('boolean');
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = Uint8Array.from(whole);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(readable(damaged)).toBeTypeOf('boolean');
    }
  }
  expect(readable(gnu.subarray(0, 100))).toBe(false);
});

test('a cut names the member', () => {
  expect(() => contents(gnu.subarray(0, -3))).toThrow(/ends inside a member \(ar, byte \d+, \/0\)/);
});

test('a thin archive is refused', () => {
  expect(() => contents(Buffer.from('!<thin>\n'))).toThrow(expect.objectContaining({ code: 'KP4002' }));
});

function contents(bytes: Uint8Array): [string, string][] {
  return Array.from(readAr(bytes), ({ name, body }) => [name, String(Buffer.from(body))]);
}

function readable(bytes: Uint8Array): boolean {
  try {
    contents(bytes);
    return true;
  } catch (error) {
    if (error instanceof KilopyError) return false;
    throw error;
  }
}

function ar(members: readonly (readonly [string, string])[]): Buffer {
  const parts = members.map(([name, body]) => {
    const header = `${name.padEnd(16)}${'12'.padEnd(12)}${'3'.padEnd(6)}${'4'.padEnd(6)}${'100644'.padEnd(8)}`;
    return `${header}${String(body.length).padEnd(10)}\`\n${body}${body.length % 2 === 1 ? '\n' : ''}`;
  });
  return Buffer.from(`!<arch>\n${parts.join('')}`);
}
