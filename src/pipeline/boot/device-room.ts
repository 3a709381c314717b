import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Board } from '../../machine/qemu-system/board.ts';
import { checkFit, type Device } from '../../spec/devices.ts';
import { targets } from '../../spec/targets.ts';
import type { Tree } from '../../tree/node.ts';
import { sizesByOrigin } from '../../tree/sizes.ts';

/** What is left in the flash of a device. */
export interface DeviceRoom {
  readonly device: string;
  /** Kernel and root file system may have so many bytes together. */
  readonly limitBytes: number;
  readonly leftBytes: number;
}

/** What a flash would hold. */
export interface FlashBytes {
  readonly kernelBytes: number;
  readonly rootBytes: number;
}

/**
 * How much room an image for a board leaves on the device that the board stands for.
 *
 * @throws KilopyError KP2321 for a device with another processor, KP2322 (exit 3) when it does not fit
 */
export function deviceRoom(device: Device, board: Board, flash: FlashBytes, tree: Tree): DeviceRoom {
  checkBoard(device, board);
  const flashBytes = flash.kernelBytes + flash.rootBytes;
  const parts = [...sizesByOrigin(tree), { name: 'kernel', sizeBytes: flash.kernelBytes }];
  const biggest = parts.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  checkFit(device, { architecture: device.architecture, flashBytes, biggest });
  const limitBytes = device.imageBytes ?? device.flashBytes;
  return { device: device.name, limitBytes, leftBytes: limitBytes - flashBytes };
}

/** Whether a board stands for a device. Throws KP2321. */
export function checkBoard(device: Device, board: Board): void {
  const architectures = targets.find(({ name }) => name === board.target)?.openwrt ?? [];
  if (!architectures.includes(device.architecture)) {
    throw new KilopyError('KP2321', `${device.title} runs ${device.architecture}, not ${board.target}`, {
      why: `${board.name} is for ${architectures.join(', ') || board.target}; the device has ${device.soc}`,
      data: { device: device.name, machine: board.name },
    });
  }
}
