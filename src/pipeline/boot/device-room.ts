import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Board } from '../../machine/qemu-system/board.ts';
import { checkFit, type Device } from '../../spec/devices.ts';
import { targets } from '../../spec/targets.ts';

/** What is left in the flash of a device. */
export interface DeviceRoom {
  readonly device: string;
  /** Kernel and root file system may have so many bytes together. */
  readonly limitBytes: number;
  readonly leftBytes: number;
}

/**
 * How much room an image for a board leaves on the device that the board stands for.
 *
 * @throws KilopyError KP2321 for a device with another processor, KP2322 (exit 3) when it does not fit
 */
export function deviceRoom(
  device: Device,
  board: Board,
  flash: { readonly kernelBytes: number; readonly rootBytes: number },
): DeviceRoom {
  const architectures = targets.find(({ name }) => name === board.target)?.openwrt ?? [];
  if (!architectures.includes(device.architecture)) {
    throw new KilopyError('KP2321', `${device.title} runs ${device.architecture}, not ${board.target}`, {
      why: `${board.name} is for ${architectures.join(', ') || board.target}; the device has ${device.soc}`,
      data: { device: device.name, machine: board.name },
    });
  }
  const flashBytes = flash.kernelBytes + flash.rootBytes;
  const biggest = [
    { name: 'kernel', sizeBytes: flash.kernelBytes },
    { name: 'root', sizeBytes: flash.rootBytes },
  ];
  checkFit(device, { architecture: device.architecture, flashBytes, biggest });
  const limitBytes = device.imageBytes ?? device.flashBytes;
  return { device: device.name, limitBytes, leftBytes: limitBytes - flashBytes };
}
