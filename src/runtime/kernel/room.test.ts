import { expect, test } from 'vitest';
import { fillRoom, makeRoom } from './room.ts';

const head = Buffer.from('kernel text');
const kernel = Buffer.concat([head, makeRoom(), Buffer.from('behind it')]);

test('an archive takes the place of the room, everything else stays', () => {
  const archive = Buffer.from('070701 an archive');
  const filled = Buffer.from(fillRoom(kernel, archive) ?? []);
  expect(filled.length).toBe(kernel.length);
  expect(filled.subarray(0, head.length + archive.length).toString()).toBe('kernel text070701 an archive');
  expect(filled.subarray(head.length + archive.length, -9).every((byte) => byte === 0)).toBe(true);
  expect(filled.subarray(-9).toString()).toBe('behind it');
});

test('the room is the same each time, and an archive may be too large for it', () => {
  expect(Buffer.compare(makeRoom(), makeRoom())).toBe(0);
  expect(fillRoom(kernel, new Uint8Array(makeRoom().length + 1))).toBeUndefined();
  expect(() => fillRoom(head, new Uint8Array(1))).toThrow(/no room/);
});
