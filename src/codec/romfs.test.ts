import { expect, test } from 'vitest';
import { writeRomfs } from './romfs.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('the bytes of a small one, counted by hand from extmod/vfs_rom.c', () => {
  const rom = writeRomfs([
    { path: 'b.py', content: bytes('x') },
    { path: 'lib/a.py', content: bytes('yz') },
  ]);
  expect(Buffer.from(rom).toString('latin1')).toBe(
    // kind and length; folder "lib" with file "a.py" in it; file "b.py"
    '\u00D2\u00CD\u0031\u001B' +
      '\u0004\u000F\u0003lib' +
      '\u0005\u0009\u0004a.py\u0002\u0002yz' +
      '\u0005\u0008\u0004b.py\u0002\u0001x',
  );
});

test('lengths of more than 127 take several bytes, the most significant first', () => {
  const rom = writeRomfs([{ path: 'f', content: new Uint8Array(20_000) }]);
  // 20 000 is 1 * 128 * 128 + 28 * 128 + 32
  expect([...rom.subarray(rom.length - 20_004, rom.length - 20_000)]).toEqual([2, 0x81, 0x9c, 0x20]);
});

test('the order of the files does not matter', () => {
  const files = ['z', 'a/b', 'ä', 'a/a', 'a.py'].map((path) => ({ path, content: bytes(path) }));
  expect(writeRomfs(files)).toEqual(writeRomfs(files.toReversed()));
});
