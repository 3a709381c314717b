import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createContext } from '../../src/io/create-context.ts';
import { createNodeTools } from '../../src/io/node-tools.ts';
import { boot } from '../../src/machine/qemu-system/boot.ts';
import { findBoard } from '../../src/machine/qemu-system/boards.ts';
import { planForwards, type WantedPort } from '../../src/machine/qemu-system/plan-forwards.ts';
import type { BootPlan } from '../../src/machine/qemu-system/qemu-arguments.ts';
import { runCli, scratch, type CliResult } from '../support/cli.ts';
import { fakeQemu } from '../support/fake-qemu.ts';
import { freePort } from '../support/free-port.ts';
import { everyFeature, makeKernel } from '../support/make-kernel.ts';

/** Another program takes the port between kilopy's look and QEMU's bind, and answers on it until QEMU has failed. */

interface Booted {
  readonly answered: readonly string[];
  readonly notes: readonly string[];
  readonly planned: number | undefined;
}

/** In the foreground; what the machine's address answered when kilopy said that it answers. */
async function bootIt(words: readonly string[], wanted: WantedPort): Promise<Booted> {
  const folder = scratch();
  const board = findBoard('malta-be');
  if (board === undefined) throw new Error('no malta-be');
  const notes: string[] = [];
  const tools = createNodeTools({ ...process.env, PATH: fakeQemu(folder) }, folder);
  const emit = (event: { readonly type: string; readonly text?: string }): void => void notes.push(event.text ?? '');
  const ctx = { ...createContext({ emit, signal: new AbortController().signal }), tools };
  const forwards = await planForwards([wanted]);
  const answered: string[] = [];
  const plan: BootPlan = {
    board,
    memoryMiB: 32,
    kernel: join(folder, 'vmlinux'),
    disks: [],
    append: words,
    networks: [{ id: 'lan', forwards }],
    accelerator: 'tcg',
    console: { kind: 'stdio' },
  };
  await boot(ctx, plan, {
    output: () => undefined,
    async onAnswer(_, { stop, plan: { networks } }) {
      const port = networks[0]?.forwards[0]?.hostPort ?? 0;
      answered.push(await (await fetch(`http://127.0.0.1:${String(port)}`)).text());
      stop();
    },
    patience: { ms: 60_000, afterwards: 'fail' },
    stopsOnInterrupt: true,
  });
  return { answered, notes, planned: forwards[0]?.hostPort };
}

test('the next port is taken, again and again, and the answer of the other program is not taken for ours', async () => {
  const guestPort = await freePort();
  const { answered, notes, planned = 0 } = await bootIt(['fake.loses2'], { guestPort });
  expect(planned).toBeGreaterThanOrEqual(guestPort);
  expect(answered).toEqual(['hello\n']);
  expect(notes).toEqual([
    expect.stringMatching(`port ${String(planned)} was taken a moment ago: port ${String(guestPort)} of the machine`),
    expect.stringMatching('was taken a moment ago'),
  ]);
});

test('not for ever', async () => {
  const guestPort = await freePort();
  await expect(bootIt(['fake.loses9'], { guestPort })).rejects.toMatchObject({ code: 'KP9206' });
});

test('a port that the user chose is not exchanged', async () => {
  const hostPort = await freePort();
  const attempt = bootIt(['fake.loses1'], { guestPort: 8080, hostPort });
  await expect(attempt).rejects.toMatchObject({ code: 'KP9203', data: { port: hostPort } });
});

/** Ports of an OpenWrt are forwarded without being asked for. */
function openwrt(): (args: readonly string[]) => Promise<CliResult> {
  const folder = scratch();
  const env = { PATH: fakeQemu(folder), KILOPY_CACHE: join(folder, 'store'), TMPDIR: folder };
  writeFileSync(join(folder, 'vmlinux'), makeKernel('big', everyFeature));
  writeFileSync(join(folder, 'root.cpio'), '070701 etc/openwrt_release');
  return async (args) => await runCli(args, { cwd: folder, env });
}

const words = ['run', '--machine', 'malta-be', '--kernel', 'vmlinux', '--root', 'root.cpio', '--detach', '--json'];

test('the same in the background', async () => {
  const run = openwrt();
  const { status, stdout } = await run([...words, '--append', 'fake.loses2']);
  expect([status, stdout]).toEqual([0, expect.stringContaining('urls')]);
  const { id, urls } = JSON.parse(stdout) as { id: string; urls: string[] };
  expect(await (await fetch(urls[0] ?? '')).text()).toBe('hello\n');
  expect((await run(['stop', id])).status).toBe(0);
});

test('the same in the background, with a port that the user chose', async () => {
  const published = `${String(await freePort())}:8080`;
  const { status, stdout } = await openwrt()([...words, '--append', 'fake.loses1', '--publish', published]);
  expect([status, stdout]).toEqual([125, expect.stringContaining('KP9203')]);
});
