import { join } from 'node:path';
import { sectorBytes } from '../../emit/disk/plan-disk.ts';
import type { Context } from '../../io/context.ts';
import { choosePowerCut, readWriteLog, replay, type LoggedWrite } from '../../machine/qemu-system/write-log.ts';
import { attempt } from './drill-attempt.ts';
import type { DrillApps } from './drills.ts';
import type { BootableApp } from './run-app.ts';

/** So much is written before the power is cut. */
const wantedLines = 60;
/** Ends the wait on a machine that is slower than that. */
const defaultWritingMs = 20_000;
const python = '/usr/bin/micropython';

/** As docs/machines.md tells applications to write: a new file, flush, rename, and a flush of the renamed file. */
const writer = `import os
n = 0
while True:
    n += 1
    with open("/data/new", "w") as f:
        f.write("%d %s." % (n, "x" * (n * 137 % 5000)))
        f.flush()
    os.rename("/data/new", "/data/state")
    with open("/data/state", "a") as f:
        f.flush()
    print("written", n)
`;

/** Reads what is there after the cut: the number of a record that is whole, else what is wrong with it. */
const reader = `try:
    with open("/data/state") as f:
        number, rest = f.read().split(" ")
    n = int(number)
    whole = rest == "x" * (n * 137 % 5000) + "."
    print("found", n if whole else "a damaged record")
except OSError:
    print("found 0")
with open("/data/again", "w") as f:
    f.write("data can be written")
    f.flush()
print("writable")
`;

/** A line of the writer, and how long the log of the disk was when it came. */
interface Word {
  readonly number: number;
  readonly logBytes: number;
}

/**
 * Lets a program write, keeps every write of the disk in order, and then makes the disks that power cuts at random moments would have left. Each is
 * booted. Killing the emulator would lose nothing, because the host has everything in its cache.
 */
export async function cutPower(
  ctx: Context,
  { disk, powerCuts, writingMs = defaultWritingMs }: DrillApps,
): Promise<string | undefined> {
  const app = await disk({ dataFiles: { 'writer.py': writer, 'reader.py': reader } });
  const folder = await ctx.fs.makeTempDirectory(join(ctx.host.tempFolder, 'kilopy-power-'));
  try {
    const { before, writes, promises } = await record(ctx, app, folder, writingMs);
    if (promises.length === 0) return 'nothing was written';
    const random = seededNumbers();
    for (let i = 0; i < powerCuts; i++) {
      const cut = choosePowerCut(writes, random);
      if (cut === undefined) return 'the disk was never flushed';
      const after = replay(before, writes, cut);
      const end = writes[cut.durable - 1]?.end ?? 0;
      const promised = promises.findLast(({ logBytes }) => logBytes <= end)?.number ?? 0;
      const why = checkRoot(before, after) ?? (await checkData(ctx, app, after, promised));
      if (why !== undefined) return `cut ${String(i + 1)}, behind write ${String(cut.durable)}: ${why}`;
    }
    return undefined;
  } finally {
    await ctx.fs.remove(folder);
  }
}

async function record(
  ctx: Context,
  app: BootableApp,
  folder: string,
  writingMs: number,
): Promise<{ before: Uint8Array; writes: readonly LoggedWrite[]; promises: readonly Word[] }> {
  const log = join(folder, 'log');
  await ctx.fs.writeFile(log, '');
  let before: Uint8Array = new Uint8Array();
  const promises: Word[] = [];
  const done = new AbortController();
  const timer = setTimeout(() => done.abort(), writingMs);
  let pending: Promise<unknown> = Promise.resolve();
  await attempt(ctx, app, {
    words: [`kilopy.arg=${python}`, 'kilopy.arg=/data/writer.py'],
    plan: async ({ disks: [disk] }) => {
      if (disk === undefined) throw new TypeError('a drill of a disk without one');
      before = await ctx.fs.readFile(disk.path);
      return { disks: [{ ...disk, log }], networks: [] };
    },
    onText(text) {
      const number = Number(/.*^written (\d+)$/ms.exec(text.slice(-400))?.[1] ?? 0);
      if (number === 0 || number === promises.at(-1)?.number) return;
      pending = pending.then(async () => promises.push({ number, logBytes: Number((await ctx.fs.stat(log)).size) }));
      if (number >= wantedLines) done.abort();
    },
    cutAt: done.signal,
  });
  clearTimeout(timer);
  await pending;
  return { before, writes: readWriteLog(await ctx.fs.readFile(log)) ?? [], promises };
}

/** Nothing may have been written before the partition for data. */
function checkRoot(before: Uint8Array, after: Uint8Array): string | undefined {
  const dataStart = Buffer.from(before.buffer, before.byteOffset).readUInt32LE(secondStart) * sectorBytes;
  const same = Buffer.compare(before.subarray(0, dataStart), after.subarray(0, dataStart)) === 0;
  return same ? undefined : 'the root file system was changed';
}

/** Number of the first sector, in the second entry of the partition table. */
const secondStart = 446 + 16 + 8;

async function checkData(
  ctx: Context,
  app: BootableApp,
  disk: Uint8Array,
  promised: number,
): Promise<string | undefined> {
  let text = '';
  const failure = await attempt(ctx, app, {
    words: [`kilopy.arg=${python}`, 'kilopy.arg=/data/reader.py'],
    plan: async ({ disks: [first] }) => {
      await ctx.fs.writeFile(first?.path ?? '', disk);
      return { networks: [] };
    },
    onText: (all) => (text = all),
    mustSay: /^writable$/m,
  });
  if (failure !== undefined) return failure;
  const found = /^found (.*)$/m.exec(text)?.[1] ?? '';
  if (!/^\d+$/.test(found)) return `there is ${found}`;
  return Number(found) >= promised ? undefined : `record ${String(promised)} was written, and ${found} is there`;
}

/** The same cuts in every drill (the multiplier of Numerical Recipes). */
function seededNumbers(): () => number {
  let state = 20_261_127;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}
