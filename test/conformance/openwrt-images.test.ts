import { closeSync, existsSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { treeToCpio } from '../../src/emit/cpio.ts';
import { planExt4 } from '../../src/emit/ext4/plan-ext4.ts';
import { writeExt4 } from '../../src/emit/ext4/write-ext4.ts';
import { openwrtSquashfs, squashfsFile } from '../../src/emit/squashfs.ts';
import { readRootfsTar } from '../../src/image/read-rootfs-tar.ts';
import { createContext } from '../../src/io/create-context.ts';
import { inspect, type InspectedImage } from '../../src/pipeline/inspect.ts';
import { whyInImage } from '../../src/pipeline/why-image.ts';
import type { Tree } from '../../src/tree/node.ts';
import { scratch } from '../support/cli.ts';
import { collect } from '../support/collect.ts';
import { e2fsck, ext4Settings } from '../support/ext4-oracle.ts';
import { memoryBlobs } from '../support/memory-blobs.ts';
import { differencesOf, readBack } from '../support/read-back.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const rootfs = join(realdata, 'openwrt/georglippold-rootfs/rootfs.tar.gz');
const ctx = createContext();

describe.skipIf(!existsSync(rootfs))('a genuine root file system of the ImageBuilder in every form (realdata)', () => {
  const blobs = memoryBlobs();
  let tree: Tree;
  let original: InspectedImage | undefined;

  beforeAll(async () => {
    tree = await readRootfsTar(ctx, ctx.fs.readStream(rootfs), blobs, rootfs);
    [original] = (await inspect(ctx, rootfs)).images;
  });

  const forms: Readonly<Record<string, (folder: string) => Promise<string>>> = {
    async ext4(folder) {
      const file = join(folder, 'root.ext4');
      const fd = openSync(file, 'w');
      for await (const chunk of writeExt4(planExt4(tree, ext4Settings), blobs)) writeSync(fd, chunk);
      closeSync(fd);
      expect(e2fsck(file)).toBe('');
      return file;
    },
    squashfs: (folder) =>
      squashfsFile(ctx, tree, blobs, folder, { ...openwrtSquashfs, mtimeSeconds: tree.get('bin')?.mtimeSeconds ?? 0 }),
    async cpio(folder) {
      writeFileSync(join(folder, 'root.cpio'), await collect(treeToCpio(tree, blobs)));
      return join(folder, 'root.cpio');
    },
  };

  test.each(Object.keys(forms))('%s: read back it is the same, and inspect says the same of it', async (name) => {
    const folder = scratch();
    const file = (await forms[name]?.(folder)) ?? '';
    const differences = differencesOf(tree, await readBack(file, folder));
    // The root itself has the mode and time that its writer gave it.
    expect(differences.filter((line) => !line.startsWith(': '))).toEqual([]);
    const [image] = (await inspect(ctx, file)).images;
    expect(image?.packages).toEqual(original?.packages);
    expect(image?.explained).toEqual(original?.explained);
    expect(image?.packages).toHaveLength(91);
  });

  test('why a file and a package are in it, by its own database', async () => {
    const [file] = (await whyInImage(ctx, rootfs, '/lib/libubox.so')).answers;
    expect(file?.chain[0]).toMatch(/^package libubox\d+ \S+ brings it \(opkg\)$/u);
    expect(file?.chain.at(-1)).toMatch(/^(?:package \S+ was asked for|no package needs )/u);
    const [link] = (await whyInImage(ctx, rootfs, 'etc/rc.d/S19dnsmasq')).answers;
    expect(link).toMatchObject({
      kind: 'symlink',
      chain: ['no package of the image lists it', 'it is a link to ../init.d/dnsmasq'],
    });
    const [busybox] = (await whyInImage(ctx, rootfs, 'busybox')).answers;
    expect(busybox?.sizeBytes).toBeGreaterThan(200_000);
    await expect(whyInImage(ctx, rootfs, '/bin/busybix')).rejects.toMatchObject({ code: 'KP1202' });
  });
});
