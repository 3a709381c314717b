import { resolve } from 'node:path';
import { sha256 } from '../crypto/digest.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import { readSysupgrade, writeSysupgrade } from '../image/sysupgrade.ts';
import type { Context } from '../io/context.ts';
import { findDevice } from '../spec/devices.ts';
import type { Digest } from '../values/digest.ts';
import { addToRoot } from './add-to-root.ts';

export interface SysupgradeRequest {
  /** `*-squashfs-sysupgrade.bin` of OpenWrt. */
  readonly image: string;
  /** `replace`: squashfs that takes the place of theirs; `add`: a folder or root file system that is put over theirs. */
  readonly root: { readonly how: 'replace' | 'add'; readonly path: string };
  readonly device: string;
  readonly output: string;
}

export interface SysupgradeResult {
  readonly path: string;
  readonly device: string;
  readonly sizeBytes: number;
  /** Bytes that are left of what the device table allows. */
  readonly leftBytes: number;
  readonly digest: Digest;
  readonly kernelBytes: number;
  readonly wasSigned: boolean;
}

/**
 * Puts another root file system into an image for OpenWrt's `sysupgrade` (ramips). Kernel and metadata stay as they are.
 * Experimental: nobody has flashed the result.
 *
 * @throws KilopyError KP2320 for an unknown device, KP7405, KP7406, and KP7407 for an image of another device
 */
export async function repackSysupgrade(ctx: Context, request: SysupgradeRequest): Promise<SysupgradeResult> {
  const device = findDevice(request.device);
  const { openwrt, imageBytes } = device;
  if (openwrt === undefined || imageBytes === undefined || !openwrt.board.startsWith('ramips/'))
    throw misfit(request.image, `${device.name} is no device of OpenWrt's ramips targets`);
  const parts = readSysupgrade(await read(ctx, request.image), request.image);
  const id = openwrt.profile.replace('_', ',');
  if (!parts.supportedDevices.includes(id))
    throw misfit(request.image, `it is for ${parts.supportedDevices.join(', ')}, and not for ${id}`);
  const { how, path: given } = request.root;
  const root = how === 'replace' ? await read(ctx, given) : await added(ctx, parts.root, given, request.image);
  const written = writeSysupgrade(parts, root, imageBytes, given);
  const path = resolve(ctx.cwd, request.output);
  await ctx.fs.writeAtomic(path, written);
  return {
    path,
    device: device.name,
    sizeBytes: written.length,
    leftBytes: imageBytes - written.length,
    digest: sha256(written),
    kernelBytes: parts.kernel.length,
    wasSigned: parts.wasSigned,
  };
}

async function added(ctx: Context, theirs: Uint8Array, given: string, image: string): Promise<Uint8Array> {
  const path = resolve(ctx.cwd, given);
  if (!(await ctx.fs.exists(path)))
    throw new KilopyError('KP2012', `there is no file or folder ${given}`, { where: given });
  return await addToRoot(ctx, theirs, path, image);
}

async function read(ctx: Context, path: string): Promise<Uint8Array> {
  return await ctx.fs.readFile(resolve(ctx.cwd, path)).catch((cause: unknown) => {
    throw new KilopyError('KP2012', `there is no file ${path}`, { where: path, cause });
  });
}

function misfit(image: string, why: string): KilopyError {
  return new KilopyError('KP7407', 'the image is not for this device', { where: image, why });
}
