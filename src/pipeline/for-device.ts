import { KilopyError } from '../errors/kilopy-error.ts';
import { findDevice } from '../spec/devices.ts';
import type { BuildRequest } from './build-request.ts';

/** The device of a request; its processor is the target where no other is named. Throws KP2320. */
export function forDevice(request: BuildRequest, name: string): BuildRequest {
  const device = findDevice(name);
  if (device.openwrt === undefined) {
    throw new KilopyError('KP2320', `OpenWrt has no profile for ${device.title}`, {
      why: device.notes,
      fix: 'see `kilopy devices`',
    });
  }
  return { ...request, overrides: { ...request.overrides, target: request.overrides.target ?? device.architecture } };
}
