import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createContext } from '../../src/io/create-context.ts';
import { findBoard } from '../../src/machine/qemu-system/boards.ts';
import { drills, runDrills } from '../../src/pipeline/boot/drills.ts';
import { findMemory } from '../../src/pipeline/boot/find-memory.ts';
import type { BootableApp } from '../../src/pipeline/boot/run-app.ts';
import { createNodeTools } from '../../src/io/node-tools.ts';
import { scratch } from '../support/cli.ts';
import { fakeQemu } from '../support/fake-qemu.ts';
import { freePort } from '../support/free-port.ts';
import { everyFeature, makeKernel } from '../support/make-kernel.ts';

interface Fake {
  readonly ctx: ReturnType<typeof createContext>;
  readonly app: BootableApp;
}

/** A machine that always answers, whatever is done to it, and obeys Ctrl-C. */
function fakeApp(more: readonly string[] = []): Fake {
  const folder = scratch();
  const board = findBoard('malta-be');
  if (board === undefined) throw new Error('no malta-be');
  writeFileSync(join(folder, 'disk.img'), Buffer.alloc(4096));
  writeFileSync(join(folder, 'vmlinux'), makeKernel('big', everyFeature));
  const tools = createNodeTools({ ...process.env, PATH: fakeQemu(folder) }, folder);
  const ctx = { ...createContext({ emit: () => undefined, signal: new AbortController().signal }), tools };
  const app: Pick<BootableApp, 'place' | 'stopsOnInterrupt'> = {
    stopsOnInterrupt: true,
    place: async (_, words = []) => ({
      board,
      memoryMiB: 32,
      kernel: join(folder, 'vmlinux'),
      disks: [{ path: join(folder, 'disk.img'), format: 'raw', writes: 'keep' }],
      append: [...words, ...more],
      networks: [{ id: 'lan', forwards: [{ protocol: 'tcp', hostPort: await freePort(), guestPort: 8080 }] }],
      accelerator: 'tcg',
      console: { kind: 'stdio' },
    }),
  };
  return { ctx, app: app as BootableApp };
}

test('a drill that nothing happened in does not pass', async () => {
  const { ctx, app } = fakeApp();
  const apps = {
    memory: () => Promise.resolve(app),
    disk: () => Promise.resolve(app),
    powerCuts: 1,
    writingMs: 1000,
  };
  const results = await runDrills(ctx, apps, drills, () => undefined);
  expect(results.map(({ name, why }) => [name, why ?? 'passed'])).toEqual([
    ['no DNS', 'passed'],
    ['1970 clock', 'passed'],
    ['full data partition', 'passed'],
    ['cable pulled', 'it answered without a cable'],
    ['SIGTERM', 'passed'],
    ['crash loop', expect.stringContaining('powering off')],
    ['memory exhausted', expect.stringContaining('powering off')],
    ['power cuts', 'nothing was written'],
  ]);
  expect(results.map(({ ok }) => ok)).toEqual([true, true, true, false, true, false, false, false]);
});

test('the least memory is found by halving', async () => {
  const { ctx, app } = fakeApp(['fake.needs11']);
  expect(await findMemory(ctx, app, 4, 16)).toBe(11);
  expect(await findMemory(ctx, app, 4, 10)).toBeUndefined();
});
