import { expect, test } from 'vitest';
import { findBoard } from '../../machine/qemu-system/boards.ts';
import { findDevice } from '../../spec/devices.ts';
import { deviceRoom, type DeviceRoom } from './device-room.ts';

function room(device: string, board: string, kernelBytes: number): DeviceRoom {
  const found = findBoard(board);
  if (found === undefined) throw new Error(`no ${board}`);
  return deviceRoom(findDevice(device), found, { kernelBytes, rootBytes: 200_000 }, new Map());
}

test('what is left in the flash of a device', () => {
  expect(room('glinet_gl-mt300n-v2', 'malta-le', 900_000)).toEqual({
    device: 'glinet_gl-mt300n-v2',
    limitBytes: 16_449_536,
    leftBytes: 15_349_536,
  });
});

test.each([
  ['glinet_gl-mt300n-v2', 'malta-be', 900_000, 'KP2321'],
  ['glinet_gl-mt300n-v2', 'x86-microvm', 900_000, 'KP2321'],
  ['glinet_gl-mt300n-v2', 'malta-le', 16_300_000, 'KP2322'],
])('%s on %s with a kernel of %i bytes', (device, board, kernelBytes, code) => {
  expect(() => room(device, board, kernelBytes)).toThrow(expect.objectContaining({ code }));
});
