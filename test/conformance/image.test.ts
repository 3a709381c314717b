import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { archiveFiles, folderFiles } from '../../src/image/image-files.ts';
import { readImage } from '../../src/image/read-image.ts';
import { readRootfsTar } from '../../src/image/read-rootfs-tar.ts';
import { createContext } from '../../src/io/create-context.ts';
import type { Tree } from '../../src/tree/node.ts';
import { safePath } from '../../src/tree/safe-path.ts';
import { memoryBlobs } from '../support/memory-blobs.ts';

const realData = process.env['KILOPY_REALDATA'] ?? resolve(import.meta.dirname, '../../../shared/realdata');
const fixtures = join(realData, 'oci/go-containerregistry/pkg/v1');
const ctx = createContext();

async function pathsOf(archive: string, tag?: string): Promise<string[]> {
  const blobs = memoryBlobs();
  const files = await archiveFiles(ctx, createReadStream(join(fixtures, archive)), blobs, archive);
  const { tree } = await readImage(ctx, files, blobs, { reference: archive, ...(tag === undefined ? {} : { tag }) });
  return filesOf(tree);
}

function filesOf(tree: Tree): string[] {
  return [...tree.values()]
    .filter((node) => node.type !== 'directory')
    .map((node) => node.path)
    .toSorted();
}

describe.skipIf(!existsSync(realData))('images that others made (realdata)', () => {
  test.each([
    ['tarball/testdata/test_image_1.tar', ['bar', 'foo']],
    ['tarball/testdata/test_image_2.tar', ['bat', 'baz']],
    ['tarball/testdata/hello-world-v25.tar', ['hello']],
    ['mutate/testdata/whiteout_image.tar', ['bar.txt']],
    ['mutate/testdata/whiteout_dir.tar', ['a/baz', 'b/bar']],
    ['mutate/testdata/overwritten_file.tar', ['bar.txt', 'foo.txt']],
    ['mutate/testdata/source_image.tar', ['bar', 'foo']],
    ['mutate/testdata/source_image_with_empty_layer_history.tar', ['bar', 'foo']],
  ])('%s', async (archive, paths) => {
    expect(await pathsOf(archive)).toEqual(paths);
  });

  test.each([
    ['tarball/testdata/test_link.tar', 'bazel/v1/tarball:test_image_3', ['bar', 'foo', 'test']],
    ['tarball/testdata/test_bundle.tar', 'test_image_1', ['bar', 'foo']],
    ['tarball/testdata/test_bundle.tar', 'test_image_2', ['bat', 'baz']],
  ])('%s, %s', async (archive, tag, paths) => {
    expect(await pathsOf(archive, tag)).toEqual(paths);
  });

  test.each([
    ['tarball/testdata/test_bundle.tar', 'KP7402'],
    ['tarball/testdata/no_manifest.tar', 'KP7401'],
    ['tarball/testdata/null_manifest.tar', 'KP7401'],
    ['tarball/testdata/content.tar', 'KP7401'],
  ])('%s is refused', async (archive, code) => {
    expect(await pathsOf(archive).catch((error: unknown) => error)).toMatchObject({ code });
  });

  test('an OCI layout', async () => {
    const folder = join(realData, 'alpine/apko/base_image');
    const platform = { architecture: 'arm64' };
    const image = await readImage(ctx, folderFiles(ctx, folder), memoryBlobs(), { reference: 'base', platform });
    expect(image.config.architecture).toBe('arm64');
    expect(image.tree.get('etc/passwd')?.type).toBe('file');
  });

  test.each(['alpine/minirootfs/alpine-minirootfs-3.20.3-x86_64.tar.gz', 'openwrt/georglippold-rootfs/rootfs.tar.gz'])(
    '%s has what GNU tar lists',
    async (name) => {
      const path = join(realData, name);
      const tree = await readRootfsTar(ctx, createReadStream(path), memoryBlobs(), name);
      const listed = execFileSync('tar', ['-tzf', path], { encoding: 'utf8' })
        .split('\n')
        .filter((line) => line !== '');
      const expected = new Set(['', ...listed.map((line) => safePath(line, name))]);
      expect([...tree.keys()].toSorted()).toEqual([...expected].toSorted());
    },
  );
});
