import { describe, expect, test } from 'vitest';
import { memoryBlobs } from '../../../test/support/memory-blobs.ts';
import { openTestStore } from '../../../test/support/test-store.ts';
import { devices } from '../../spec/devices.ts';
import type { Tree } from '../../tree/node.ts';
import { overlay } from '../../tree/overlay.ts';
import { besideRoot } from '../device-fit.ts';
import { checkSize, ext4Image } from './image-size.ts';
import type { Builder } from './open.ts';

const MiB = 2 ** 20;
const common = { uid: 0, gid: 0, mtimeSeconds: 0, mode: 0o644 } as const;

function treeOf(files: Readonly<Record<string, number>>): Tree {
  const blobs = memoryBlobs();
  const nodes = Object.entries(files).map(([name, length]) => ({
    ...common,
    type: 'file' as const,
    path: `usr/${name}`,
    content: blobs.add(new Uint8Array(length)),
    origin: { kind: 'package', name, version: '1', architecture: 'all', feed: 'test' } as const,
  }));
  return overlay(new Map(), nodes).tree;
}

function builder(device?: (typeof devices)[number]): Builder {
  const { board, architecture } = { board: 'ramips/mt76x8', architecture: 'mipsel_24kc' };
  return { board, architecture, device } as unknown as Builder;
}

describe('an image and its partition', () => {
  const tree = treeOf({ large: 3000, small: 10 });

  test('to the last byte it fits; one more does not, and what is largest is named', () => {
    expect(() => {
      checkSize(builder(), '2', 2 * MiB, tree);
    }).not.toThrow();
    expect(() => {
      checkSize(builder(), '2', 2 * MiB + 1, tree);
    }).toThrow(
      expect.objectContaining({
        code: 'KP2315',
        exitCode: 3,
        message: 'the root file system does not fit by 1 kB',
        data: { rootBytes: 2 * MiB + 1, limit: 2 * MiB },
      }),
    );
    expect(() => {
      checkSize(builder(), '2', 3 * MiB, tree);
    }).toThrow(expect.objectContaining({ why: expect.stringContaining('biggest: large 3 kB, small') as string }));
  });

  test('a device has less: kernel and overlay are in its flash too', () => {
    const device = devices.find(({ name }) => name === 'minew_g1-c');
    const limit = (device?.imageBytes ?? 0) - besideRoot('ramips/mt76x8');
    expect(limit).toBeGreaterThan(MiB);
    expect(() => {
      checkSize(builder(device), '104', limit, tree);
    }).not.toThrow();
    expect(() => {
      checkSize(builder(device), '104', limit + 1, tree);
    }).toThrow(expect.objectContaining({ code: 'KP2322', exitCode: 3 }));
  });

  test('ext4 with its tables and journal', async () => {
    const testStore = await openTestStore();
    const { store } = testStore;
    const content = await store.put(new Uint8Array(2 * MiB).fill(1));
    const origin = { kind: 'package', name: 'large', version: '1', architecture: 'all', feed: 'test' } as const;
    const big = overlay(new Map(), [{ ...common, type: 'file', path: 'large', content, origin }]).tree;
    await expect(ext4Image(store, big, '6', 0)).rejects.toMatchObject({
      code: 'KP2315',
      exitCode: 3,
      why: expect.stringMatching(/it needs \d+; biggest: large 2098 kB/u) as string,
    });
    expect((await ext4Image(store, big, '8', 0)).length).toBe(8 * MiB);
    await testStore.remove();
  });
});
