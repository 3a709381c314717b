import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { auditObjects } from '../../src/runtime/audit-objects.ts';
import { targets } from '../../src/spec/targets.ts';
import { createContext } from '../../src/io/create-context.ts';
import { openStore } from '../../src/store/store.ts';
import type { RuntimeProduct } from '../../src/runtime/micropython/ensure-micropython.ts';
import { checkout, runCli, scratch, testStore } from '../support/cli.ts';
import { bars, furtherRuntimes, provedTargets } from '../support/runtime-bars.ts';

/** The runtimes that scripts/setup.sh prove has compiled, as they are in the test store: nothing here needs the network. */

async function product(target: string, cache = testStore, variant = 'small'): Promise<RuntimeProduct> {
  const words = ['runtime', 'build', '--target', target, '--variant', variant, '--offline', '--json'];
  const { stdout, stderr, status } = await runCli(words, { env: { KILOPY_CACHE: cache }, timeoutMs: 1_200_000 });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  const [found] = (JSON.parse(stdout) as { runtimes: RuntimeProduct[] }).runtimes;
  if (found === undefined) throw new Error('no runtime');
  return found;
}

/** A file of the test store in a folder. */
async function fileOf(folder: string, blob: RuntimeProduct['blob'], name: string): Promise<string> {
  const store = await openStore(createContext(), testStore, { offline: true });
  const path = join(folder, name);
  writeFileSync(path, await store.read(blob), { mode: 0o755 });
  return path;
}

test.each(provedTargets)('%s: ran when it was built, and is as small as it has to be', async (target) => {
  const { proved, blob, modules } = await product(target);
  expect(proved).toBe(true);
  expect(blob.sizeBytes).toBeLessThanOrEqual(bars[target]?.binary ?? 0);
  expect(modules).toEqual(expect.arrayContaining(['asyncio', 'json', 'kilopy_run', 'socket', 'sys', 'usocket']));
});

test.each(furtherRuntimes)('$target: $variant ran when it was built, and is as small as it has to be', async (bar) => {
  const { proved, blob, modules } = await product(bar.target, testStore, bar.variant);
  expect(proved).toBe(true);
  expect(blob.sizeBytes).toBeLessThanOrEqual(bar.binary ?? Infinity);
  expect(modules).toEqual(expect.arrayContaining(['asyncio', 'json', 'socket']));
  expect(modules.includes('ssl')).toBe(bar.variant === 'tls' || bar.variant === 'full');
});

test.each(provedTargets)('%s: an image with examples/hello', async (target) => {
  const folder = scratch();
  cpSync(join(checkout, 'examples/hello/main.py'), join(folder, 'main.py'));
  const words = ['build', '.', '--base', 'static', '--target', target, '--name', 'hello', '--offline', '--json'];
  const { stdout, stderr, status } = await runCli(words, { cwd: folder });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  const [artifact] = (JSON.parse(stdout) as { artifacts: { path: string }[] }).artifacts;
  // Everything that a registry keeps: layers, configuration, manifest.
  const { stdout: listing } = spawnSync('tar', ['-tvf', artifact?.path ?? ''], { cwd: folder, encoding: 'utf8' });
  const blobs = listing.split('\n').filter((line) => /blobs\/sha256\/[0-9a-f]/.test(line));
  const sizeBytes = blobs.reduce((sum, line) => sum + Number(line.split(/\s+/)[2]), 0);
  expect(blobs.length).toBeGreaterThan(2);
  expect(sizeBytes).toBeLessThanOrEqual(bars[target]?.hello ?? 0);
  const run = await runCli(['run', '.', '--base', 'static', '--target', target, '--offline', '--quiet'], {
    cwd: folder,
  });
  expect(run).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Hello from MicroPython/) as unknown });
});

test('no floating point instruction is in the runtime for mips, and all of it is soft float', async () => {
  const folder = scratch();
  const { full, blob } = await product('linux/mips');
  const facts = spawnSync('readelf', ['-A', await fileOf(folder, blob, 'micropython')], { encoding: 'utf8' });
  expect(facts.stdout).toMatch(/FP ABI: Soft float/);
  // With symbols, by which objdump knows what is MIPS16.
  const code = spawnSync('mips-linux-gnu-objdump', ['-d', await fileOf(folder, full, 'full')], {
    encoding: 'utf8',
    maxBuffer: 2 ** 29,
  });
  expect(code.stdout).toContain('<main>:');
  const floats = code.stdout.split('\n').filter((line) => /\t\S+\t.*\$f\d/.test(line));
  expect(floats).toEqual([]);
});

test.each(['linux/mips', 'linux/arm/v5'])('%s: every object of the link was looked at', async (name) => {
  const target = targets.find((one) => one.name === name);
  if (target === undefined) throw new Error(name);
  const { objects } = await product(name);
  const store = await openStore(createContext(), testStore, { offline: true });
  const text = Buffer.from(await store.read(objects)).toString();
  const audited = auditObjects(target, text, 'small').map((object) => object.name);
  for (const part of [/\/S?crt1\.o$/, /\/libc\.a\/vfprintf\.o$/, /\/py\/vm\.o$/, /micropython\.full$/]) {
    expect(audited.filter((path) => part.test(path))).toHaveLength(1);
  }
  expect(audited.length).toBeGreaterThan(300);
  // Debian's libgcc for MIPS has the other float ABI.
  const refused = name === 'linux/mips' ? /\/libgcc\.a\// : /^$/;
  expect(audited.filter((path) => refused.test(path))).toEqual([]);
});

test('the runtime for arm/v5 is ARMv5TE and soft float, and runs on an ARM926', async () => {
  const { blob, full } = await product('linux/arm/v5');
  const folder = scratch();
  const path = await fileOf(folder, blob, 'micropython');
  const attributes = spawnSync('readelf', ['-A', await fileOf(folder, full, 'full')], { encoding: 'utf8' });
  expect(attributes.stdout).toMatch(/Tag_CPU_arch: v5TE/);
  const header = spawnSync('readelf', ['-h', path], { encoding: 'utf8' });
  expect(header.stdout).toMatch(/soft-float ABI/);
  const script = "import math,json;print(math.sqrt(2)*3, 2**100//7, json.dumps({'a':[1.5]}))";
  const run = spawnSync('qemu-arm-static', ['-cpu', 'arm926', path, '-c', script], { encoding: 'utf8' });
  expect(run).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('181092942889747057356671886482') as unknown,
  });
});

test('compiled again from the same sources, a runtime has the same bytes', async () => {
  const cache = join(scratch(), 'cache');
  mkdirSync(cache);
  cpSync(join(testStore, 'blobs'), join(cache, 'blobs'), { recursive: true });
  cpSync(join(testStore, 'derived'), join(cache, 'derived'), { recursive: true });
  for (const kind of ['micropython-2', 'mpy-cross-1', 'musl-1'])
    rmSync(join(cache, 'derived', kind), { recursive: true });
  const [first, second] = [await product('linux/amd64'), await product('linux/amd64', cache)];
  expect(second).toEqual(first);
});
