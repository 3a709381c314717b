import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createContext } from '../io/create-context.ts';
import type { Store } from '../store/store.ts';
import { buildInRoot, type RootBuild } from './build-in-root.ts';

const plan: RootBuild['plan'] = {
  packages: [],
  setup: '',
  async unpack(folder) {
    const busybox = ['/usr/bin/busybox', '/bin/busybox'].find((path) => existsSync(path));
    if (busybox === undefined) throw new Error('install busybox-static');
    mkdirSync(join(folder, 'bin'));
    copyFileSync(busybox, join(folder, 'bin/busybox'));
    chmodSync(join(folder, 'bin/busybox'), 0o755);
    for (const name of ['sh', 'mkdir']) symlinkSync('busybox', join(folder, 'bin', name));
  },
};
const build: RootBuild = {
  plan,
  files: new Map([['a', 'text']]),
  blobs: new Map(),
  script:
    'mkdir /products; while read -r line; do echo "$line" > /products/b; done < /input/a; echo text > /products/b',
  products: ['b'],
};
const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });

test('a store without space is not told as a folder for scratch files without space', async () => {
  const store = { putStream: () => Promise.reject(full) } as unknown as Store;
  await expect(buildInRoot(createContext(), store, build)).rejects.toBe(full);
});

test('a folder for scratch files without space is told as such', async () => {
  const ctx = createContext();
  const fs = { ...ctx.fs, writeFile: () => Promise.reject(full) };
  const question = buildInRoot({ ...ctx, fs }, {} as Store, build);
  await expect(question).rejects.toMatchObject({ code: 'KP1005', fix: expect.stringContaining('TMPDIR') as string });
});
