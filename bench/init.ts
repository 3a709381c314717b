import { createContext } from '../src/io/create-context.ts';
import { ensureInit, ensureProgram } from '../src/runtime/init/ensure-init.ts';
import { targets, type Target } from '../src/spec/targets.ts';
import { openStore } from '../src/store/store.ts';
import { bytes, printTable, store } from './support/kilopy.ts';

/** Bars of device/init, in bytes. */
const bars = { 'linux/amd64': 14_500, 'linux/mips': 20_000 } as const;

/** Where Debian has compiled a kernel whose modules have to be loaded. */
const loaderTargets = ['linux/mipsle', 'linux/amd64', 'linux/arm64'] as const;

/** The sizes of device/init and device/modules as kilopy compiles them; compiled where they are not in the store. */
export async function initTable(): Promise<void> {
  const ctx = createContext({ emit: () => undefined });
  const opened = await openStore(ctx, process.env.KILOPY_BENCH_STORE ?? store);
  const rows: string[][] = [];
  for (const [name, bar] of Object.entries(bars)) {
    const { sizeBytes } = await ensureInit(ctx, opened, targetOf(name));
    rows.push([name, bytes(sizeBytes), `≤ ${bytes(bar)}`]);
  }
  printTable('device/init, bytes', ['target', 'size', 'bar'], rows);
  const loaders: string[][] = [];
  for (const name of loaderTargets) {
    const { sizeBytes } = await ensureProgram(ctx, opened, targetOf(name), 'modules');
    loaders.push([name, bytes(sizeBytes)]);
  }
  printTable('device/modules, the loader of modules, bytes', ['target', 'size'], loaders);
}

function targetOf(name: string): Target {
  const target = targets.find((one) => one.name === name);
  if (target === undefined) throw new Error(`no target ${name}`);
  return target;
}
