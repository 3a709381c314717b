import { createHash } from 'node:crypto';
import { planExt4 } from '../../emit/ext4/plan-ext4.ts';
import { writeExt4 } from '../../emit/ext4/write-ext4.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { checkFit } from '../../spec/devices.ts';
import type { Store } from '../../store/store.ts';
import type { Tree } from '../../tree/node.ts';
import { sizesByOrigin } from '../../tree/sizes.ts';
import { besideRoot } from '../device-fit.ts';
import type { Builder } from './open.ts';

const MiB = 1024 * 1024;

/** ROOTFS_PARTSIZE is in MiB. */
export function partitionBytes(partsize: string | undefined): number {
  return Number(partsize ?? '104') * MiB;
}

/** As make_ext4fs is called (include/image.mk): blocks of 4 KiB and a journal, and inodes for what a device will add. */
export async function ext4Image(
  store: Store,
  tree: Tree,
  partsize: string | undefined,
  timeSeconds: number,
): Promise<Uint8Array> {
  const sizeBytes = partitionBytes(partsize);
  try {
    const plan = planExt4(tree, {
      sizeBytes,
      inodes: Math.max(tree.size + 64, Math.floor(sizeBytes / 16_384)),
      blockBytes: 4096,
      journalBlocks: 1024,
      // Fixed, so that the same tree gives the same image.
      uuid: createHash('md5').update('OpenWrt rootfs').digest(),
      hashSeed: createHash('md5').update('OpenWrt names').digest(),
      label: 'rootfs',
      timeSeconds,
    });
    return await collect(writeExt4(plan, store));
  } catch (error) {
    if (error instanceof KilopyError && error.code === 'KP8012') throw tooLarge(tree, partsize, error);
    throw error;
  }
}

function tooLarge(tree: Tree, partsize: string | undefined, cause: KilopyError): KilopyError {
  const biggest = sizesByOrigin(tree)
    .slice(0, 5)
    .map(({ name, sizeBytes }) => `${name} ${String(Math.ceil(sizeBytes / 1000))} kB`);
  return new KilopyError('KP2315', `the root file system does not fit into ${partsize ?? '104'} MiB of ext4`, {
    why: `${cause.message}, and ${cause.why ?? 'it needs more'}; biggest: ${biggest.join(', ')}.`,
    cause,
  });
}

/** Throws KP2315 for ROOTFS_PARTSIZE, KP2322 for a device. */
export function checkSize(builder: Builder, partsize: string | undefined, rootBytes: number, tree: Tree): void {
  const limit = partitionBytes(partsize);
  const biggest = sizesByOrigin(tree).map(({ name, sizeBytes }) => ({ name, sizeBytes }));
  if (rootBytes > limit) {
    const list = biggest.slice(0, 5).map(({ name, sizeBytes }) => `${name} ${String(Math.ceil(sizeBytes / 1000))} kB`);
    throw new KilopyError(
      'KP2315',
      `the root file system does not fit by ${String(Math.ceil((rootBytes - limit) / 1000))} kB`,
      {
        why: `It takes ${String(rootBytes)} bytes, ROOTFS_PARTSIZE is ${partsize ?? '104'} MiB; biggest: ${list.join(', ')}.`,
        data: { rootBytes, limit },
      },
    );
  }
  const { device, architecture, board } = builder;
  if (device === undefined) return;
  checkFit(device, { architecture, flashBytes: rootBytes + besideRoot(board), biggest });
}

/** All of a stream. */
export async function collect(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part.slice());
  return Buffer.concat(all);
}
