import { writeDataPartition } from '../../emit/disk/data-partition.ts';
import { planDisk, sectorBytes } from '../../emit/disk/plan-disk.ts';
import { writeDisk } from '../../emit/disk/write-disk.ts';
import { planRootExt4 } from '../../emit/ext4/plan-root-ext4.ts';
import { writeExt4 } from '../../emit/ext4/write-ext4.ts';
import { nameUuid } from '../../emit/name-uuid.ts';
import type { Context } from '../../io/context.ts';
import type { Board } from '../../machine/qemu-system/board.ts';
import type { Store } from '../../store/store.ts';
import { treeOf } from '../../tree/sort.ts';
import type { Node } from '../../tree/node.ts';
import type { AssembledMachine } from './assemble-machine.ts';
import { dataFolder } from './machine-tree.ts';
import { bytesPart, type Part } from './part.ts';
import { rootSquashfs } from './root-squashfs.ts';

export interface DiskWishes {
  /** Of the whole disk; absent: root and a data partition of 8 MiB. */
  readonly diskBytes?: number | undefined;
  /** Files that lie in the data partition at the beginning: texts by name. */
  readonly dataFiles?: Readonly<Record<string, string>> | undefined;
  /** The data partition is full from the beginning: for drills. */
  readonly fillsData?: boolean | undefined;
}

const leastDataBytes = 8 * 1024 * 1024;

/** The root file system as squashfs: read-only, compressed, the smallest form on a disk. */
export async function squashfsPart(ctx: Context, store: Store, machine: AssembledMachine): Promise<Part> {
  const bytes = await rootSquashfs(ctx, store, machine.tree, machine.createdSeconds);
  return bytesPart('rootfs-squashfs.img', 'root file system as a disk, read-only and compressed', bytes);
}

/** The root file system as ext4, as small as it can be; it is mounted read-only. */
export function ext4Part(store: Store, { spec, tree, createdSeconds }: AssembledMachine): Part {
  const plan = planRootExt4(tree, spec.name, createdSeconds);
  return {
    name: 'rootfs-ext4.img',
    what: 'root file system as a disk, as ext4',
    sizeBytes: plan.sizeBytes,
    open: () => writeExt4(plan, store),
  };
}

/**
 * A disk with a partition table: the squashfs, and behind it a file system for data that belongs to the user of the application.
 *
 * @throws KilopyError KP8012 to KP8014 when a size does not fit
 */
export async function diskPart(
  ctx: Context,
  store: Store,
  { spec, tree, createdSeconds }: AssembledMachine,
  { diskBytes, dataFiles = {}, fillsData }: DiskWishes,
): Promise<Part> {
  const { name } = spec;
  const root = await rootSquashfs(ctx, store, tree, createdSeconds);
  const plan = planDisk({ rootBytes: root.length, dataBytes: leastDataBytes, diskBytes });
  const { uid, gid } = spec.user;
  const common = { uid, gid, mtimeSeconds: createdSeconds, origin: { kind: 'pass', pass: 'machine' } } as const;
  const top: Node = { ...common, type: 'directory', path: '', mode: 0o755 };
  const files: Node[] = [];
  for (const [path, text] of Object.entries(dataFiles)) {
    files.push({ ...common, type: 'file', path, mode: 0o644, content: await store.put(Buffer.from(text)) });
  }
  const data = {
    name,
    sizeBytes: plan.data.sectors * sectorBytes,
    timeSeconds: createdSeconds,
    tree: treeOf([top, ...files]),
    isFull: fillsData,
  };
  const rootStream = bytesPart('root', '', root);
  return {
    name: 'disk.img',
    what: 'disk with the root file system and a partition for data',
    sizeBytes: plan.sizeBytes,
    open: () =>
      writeDisk(plan, {
        identifier: nameUuid(`disk ${name}`).readUInt32LE(),
        root: rootStream.open(),
        data: writeDataPartition(data, store),
      }),
  };
}

/** Words for a kernel that boots from such a disk. */
export function diskWords({ disk }: Board, form: 'squashfs' | 'ext4' | 'disk'): readonly string[] {
  if (form !== 'disk') return [`root=${disk.node}`, `rootfstype=${form}`, 'rootwait'];
  return [`root=${disk.node}1`, 'rootfstype=squashfs', 'rootwait', `kilopy.data=${disk.node}2,/${dataFolder},ext4`];
}
