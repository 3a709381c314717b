import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KilopyError } from '../../src/errors/kilopy-error.ts';
import { createContext } from '../../src/io/create-context.ts';
import { diff } from '../../src/pipeline/diff-images.ts';
import { inspect } from '../../src/pipeline/inspect.ts';
import { size } from '../../src/pipeline/size.ts';
import { scratch } from '../support/cli.ts';
import { seededRandom } from '../support/random.ts';

const realData = process.env['KILOPY_REALDATA'] ?? resolve(import.meta.dirname, '../../../shared/realdata');
const registry = join(realData, 'oci/go-containerregistry/pkg/v1');
const alpine = join(realData, 'alpine/minirootfs/alpine-minirootfs-3.20.3-x86_64.tar.gz');
const openwrt = join(realData, 'openwrt/georglippold-rootfs/rootfs.tar.gz');
const ctx = createContext();

describe.skipIf(!existsSync(realData))('looking into what others made (realdata)', () => {
  test('Alpine: packages and their sizes are those of apk', async () => {
    const { kind, images } = await inspect(ctx, alpine);
    const [image] = images;
    expect(kind).toBe('rootfs-tar');
    expect(image?.system).toBe('Alpine Linux v3.20');
    expect(image?.packages).toHaveLength(14);
    expect(image?.packages.find(({ name }) => name === 'musl')).toMatchObject({
      manager: 'apk',
      version: '1.2.5-r0',
      sizeBytes: 649_832,
    });
    expect(image?.droppable.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['package managers', 'package manager databases']),
    );
  });

  test('OpenWrt: 91 packages by opkg, and every file has its package', async () => {
    const [image] = (await inspect(ctx, openwrt)).images;
    expect(image?.packages).toHaveLength(91);
    expect(new Set(image?.packages.map(({ manager }) => manager))).toEqual(new Set(['opkg']));
    expect(image?.biggest.every((file) => file.package !== undefined)).toBe(true);
    const { paths = 0, byPackage, byPass, unexplained = [] } = image?.explained ?? {};
    expect(paths).toBeGreaterThan(1000);
    expect(byPackage).toBeGreaterThan(600);
    expect(Object.keys(byPass ?? {})).toEqual(['alternatives', 'folders', 'mount-points', 'opkg-database', 'services']);
    expect(unexplained.length / paths).toBeLessThanOrEqual(0.01);
  });

  test('Alpine for two machines: what differs is by package', async () => {
    const other = alpine.replace('x86_64', 'armv7');
    const { same, images } = await diff(ctx, { before: alpine, after: other });
    expect(same).toBe(false);
    expect(images[0]?.packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['busybox', 'musl']));
    expect(images[0]?.changes.find(({ path }) => path === 'bin/busybox')?.details.map(({ what }) => what)).toEqual([
      'content',
    ]);
    expect((await diff(ctx, { before: alpine, after: alpine })).same).toBe(true);
  });

  test.each<[string, string, readonly string[]]>([
    ['tarball/testdata/test_bundle.tar', 'docker-archive', ['test_image_2', 'test_image_1']],
    [
      'tarball/testdata/test_link.tar',
      'docker-archive',
      ['bazel/v1/tarball:test_image_1', 'bazel/v1/tarball:test_image_3'],
    ],
    ['tarball/testdata/hello-world-v25.tar', 'oci-archive', ['linux/arm64']],
    ['mutate/testdata/whiteout_image.tar', 'docker-archive', [expect.any(String) as string]],
    ['tarball/testdata/content.tar', 'rootfs-tar', ['content.tar']],
  ])('%s is a %s', async (path, kind, names) => {
    const found = await inspect(ctx, join(registry, path));
    expect({ kind: found.kind, names: found.images.map(({ name }) => name) }).toEqual({ kind, names });
  });

  test('whiteouts are applied, and what they hide is on the wire', async () => {
    const path = join(registry, 'mutate/testdata/whiteout_image.tar');
    const [image] = (await inspect(ctx, path)).images;
    expect(image?.biggest.map((file) => file.path)).toEqual(['bar.txt']);
    const request = {
      folder: path,
      overrides: {},
      outDir: '',
      compress: 'default',
      lock: 'keep',
      offline: true,
    } as const;
    const sizes = await size(ctx, request);
    expect(sizes.images[0]?.owners.some(({ kind }) => kind === 'hidden')).toBe(true);
  });

  test('of several images, one by tag', async () => {
    const path = join(registry, 'tarball/testdata/test_bundle.tar');
    const found = await inspect(ctx, path, { tag: 'test_image_1' });
    expect(found.images.map(({ biggest }) => biggest.map((file) => file.path))).toEqual([['bar', 'foo']]);
    await expect(inspect(ctx, path, { tag: 'nothing' })).rejects.toMatchObject({ code: 'KP7402' });
  });

  test.each([
    ['a docker archive', join(registry, 'tarball/testdata/test_bundle.tar'), 150],
    ['an OCI archive', join(registry, 'tarball/testdata/hello-world-v25.tar'), 150],
    ['a compressed root file system', openwrt, 12],
  ])('%s, cut and with flipped bits: an answer or an error with a code', async (_, path, rounds) => {
    const folder = scratch();
    const whole = readFileSync(path);
    const random = seededRandom(20_261_123);
    let refused = 0;
    for (let round = 0; round < rounds; round += 1) {
      const damaged = join(folder, `x${String(round)}`);
      const bytes = Buffer.from(whole);
      const at = Math.floor(random() * whole.length);
      if (round % 3 === 0) writeFileSync(damaged, bytes.subarray(0, at));
      else {
        for (let flips = 0; flips < 3; flips += 1) {
          const place = Math.floor(random() * (flips === 0 ? Math.min(4096, whole.length) : whole.length));
          bytes[place] = (bytes[place] ?? 0) ^ (1 << Math.floor(random() * 8));
        }
        writeFileSync(damaged, bytes);
      }
      const error = await inspect(ctx, damaged).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error === undefined) continue;
      refused += 1;
      if (!(error instanceof KilopyError)) throw error;
      expect(error.exitCode).toBeLessThan(8);
    }
    expect(refused).toBeGreaterThan(rounds / 4);
  });
});
