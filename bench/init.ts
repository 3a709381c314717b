import { createContext } from '../src/io/create-context.ts';
import { ensureInit } from '../src/runtime/init/ensure-init.ts';
import { targets } from '../src/spec/targets.ts';
import { openStore } from '../src/store/store.ts';
import { bytes, printTable, store } from './support/kilopy.ts';

/** Bars of device/init, in bytes. */
const bars = { 'linux/amd64': 14_500, 'linux/mips': 20_000 } as const;

/** The size of device/init as kilopy compiles it; compiled where it is not in the store. */
export async function initTable(): Promise<void> {
  const ctx = createContext({ emit: () => undefined });
  const opened = await openStore(ctx, process.env.KILOPY_BENCH_STORE ?? store);
  const rows: string[][] = [];
  for (const [name, bar] of Object.entries(bars)) {
    const target = targets.find((one) => one.name === name);
    if (target === undefined) throw new Error(`no target ${name}`);
    const { sizeBytes } = await ensureInit(ctx, opened, target);
    rows.push([name, bytes(sizeBytes), `≤ ${bytes(bar)}`]);
  }
  printTable('device/init, bytes', ['target', 'size', 'bar'], rows);
}
