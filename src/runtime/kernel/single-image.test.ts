import { expect, test } from 'vitest';
import { replaceImage } from './single-image.ts';

/** A self-extracting kernel: header, one segment with code and image, sections behind it. */
function template(image: Uint8Array, isLittle: boolean): Buffer {
  const head = Buffer.alloc(0x100);
  const u16 = (value: number, at: number): number =>
    isLittle ? head.writeUInt16LE(value, at) : head.writeUInt16BE(value, at);
  const u32 = (value: number, at: number): number =>
    isLittle ? head.writeUInt32LE(value, at) : head.writeUInt32BE(value, at);
  head.set([0x7f, 0x45, 0x4c, 0x46, 1, isLittle ? 1 : 2, 1]);
  u32(52, 28);
  u32(0x100 + image.length, 32);
  u16(32, 42);
  u16(1, 44);
  u16(7, 48);
  u16(6, 50);
  u32(1, 52);
  u32(0x80, 52 + 4);
  u32(0x80 + image.length, 52 + 16);
  u32(0x10_0000, 52 + 20);
  return Buffer.concat([head, image, Buffer.from('sections')]);
}

const image = Buffer.from('a compressed kernel that is rather long');

test.each([true, false])('a shorter one takes its place, and the file ends with it (little-endian: %s)', (isLittle) => {
  const file = Buffer.from(replaceImage(template(image, isLittle), image, Buffer.from('short')) ?? []);
  const u32 = (at: number): number => (isLittle ? file.readUInt32LE(at) : file.readUInt32BE(at));
  expect(file.subarray(0x100).toString()).toBe('short');
  expect([u32(52 + 16), u32(52 + 20)]).toEqual([0x80 + 5, 0x10_0000]);
  expect([u32(32), file.readUInt16BE(48), file.readUInt16BE(50)]).toEqual([0, 0, 0]);
});

test('a longer one does not fit, and another kernel is not taken', () => {
  expect(replaceImage(template(image, false), image, Buffer.concat([image, Buffer.from('!')]))).toBeUndefined();
  expect(() => replaceImage(template(image, false), Buffer.from('something else'), Buffer.from('x'))).toThrow(
    /does not hold/,
  );
});

test('zeros before the segment go', () => {
  const wide = template(image, false);
  const file = Buffer.concat([wide.subarray(0, 0x80), Buffer.alloc(0x1_0000), wide.subarray(0x80)]);
  file.writeUInt32BE(0x1_0080, 52 + 4);
  const compact = Buffer.from(replaceImage(file, image, Buffer.from('short')) ?? []);
  expect(compact.length).toBe(0x100 + 0x80 + 5);
  expect([compact.readUInt32BE(52 + 4), compact.readUInt32BE(52 + 16)]).toEqual([0x100, 0x80 + 5]);
  expect(compact.subarray(-5).toString()).toBe('short');
});
