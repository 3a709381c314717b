import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../../../test/support/cli.ts';
import { e2fsck } from '../../../test/support/ext4-oracle.ts';
import { memoryBlobs } from '../../../test/support/memory-blobs.ts';
import type { Node } from '../../tree/node.ts';
import { treeOf } from '../../tree/sort.ts';
import { writeDataPartition } from './data-partition.ts';
import { planDisk, sectorBytes } from './plan-disk.ts';
import { writeDisk } from './write-disk.ts';

const mebibyte = 2 ** 20;
const rootText = 'hsqs: a root file system';
const owner = { mode: 0o755, uid: 65_532, gid: 65_532, mtimeSeconds: 0 } as const;
const tree = treeOf([{ ...owner, type: 'directory', path: '', origin: { kind: 'pass', pass: 'disk' } } satisfies Node]);

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

/** Writes a disk, and what dd of its second partition gives. */
async function makeDisk(folder: string, diskBytes?: number): Promise<{ disk: string; data: string }> {
  const plan = planDisk({ rootBytes: rootText.length, dataBytes: 4 * mebibyte, diskBytes });
  const sizeBytes = plan.data.sectors * sectorBytes;
  const data = writeDataPartition({ name: 'x', sizeBytes, timeSeconds: 1_700_000_000, tree }, memoryBlobs());
  const [disk, part] = [join(folder, 'disk.img'), join(folder, 'data.img')];
  const fd = openSync(disk, 'w');
  const contents = { identifier: 0x1234abcd, root: once(Buffer.from(rootText)), data };
  for await (const chunk of writeDisk(plan, contents)) writeSync(fd, chunk);
  closeSync(fd);
  execFileSync('dd', [`if=${disk}`, `of=${part}`, `skip=${String(plan.data.start)}`, 'status=none']);
  return { disk, data: part };
}

test('sfdisk reads the table as it was meant, and has nothing to say against it', async () => {
  const { disk } = await makeDisk(scratch());
  const { partitiontable: table } = JSON.parse(execFileSync('sfdisk', ['--json', disk]).toString()) as {
    partitiontable: Record<string, unknown>;
  };
  expect(table).toMatchObject({
    label: 'dos',
    id: '0x1234abcd',
    partitions: [
      { start: 2048, size: 2048, type: '83' },
      { start: 4096, size: 8192, type: '83' },
    ],
  });
  expect(execFileSync('sfdisk', ['--verify', disk]).toString()).toContain('No errors detected.');
});

test('root and data lie where the table says, and e2fsck finds a clean file system with a journal', async () => {
  const { disk, data } = await makeDisk(scratch());
  const root = execFileSync('dd', [`if=${disk}`, 'skip=2048', 'count=1', 'status=none']);
  expect(root.toString().replaceAll('\0', '')).toBe(rootText);
  expect(e2fsck(data)).toBe('');
  const facts = execFileSync('dumpe2fs', ['-h', data], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  expect(facts).toMatch(/Filesystem features:.*has_journal/);
  expect(facts).toMatch(/Block count: +4096\n/);
});

test('on request it is larger, and the data have what is more', async () => {
  const { disk, data } = await makeDisk(scratch(), 24 * mebibyte + 511);
  const list = execFileSync('sfdisk', ['--list', '--bytes', '-o', 'Size', disk]).toString();
  expect(list).toContain(`\n${String(22 * mebibyte)}\n`);
  expect(e2fsck(data)).toBe('');
});

test('two disks are the same, byte for byte', async () => {
  const [a, b] = [await makeDisk(scratch()), await makeDisk(scratch())];
  expect(execFileSync('cmp', [a.disk, b.disk]).toString()).toBe('');
});

test('too small and too large are told with what is needed', () => {
  const wish = { rootBytes: 200_000, dataBytes: mebibyte };
  expect(() => planDisk({ ...wish, diskBytes: 2 * mebibyte })).toThrow(
    expect.objectContaining({ code: 'KP8013', fix: 'give the disk 3MiB or more' }),
  );
  expect(planDisk({ ...wish, diskBytes: 3 * mebibyte }).sizeBytes).toBe(3 * mebibyte);
  expect(() => planDisk({ ...wish, diskBytes: 3 * 2 ** 40 })).toThrow(expect.objectContaining({ code: 'KP8014' }));
});
