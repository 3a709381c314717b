import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn, spawnSync } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { launcherSource } from '../../src/app/launcher.ts';
import { auditObjects } from '../../src/runtime/audit-objects.ts';
import { sourceSuite } from '../../src/runtime/compiler.ts';
import { archivesOf, fetchDebianSource } from '../../src/runtime/debian-source.ts';
import { ensureInit } from '../../src/runtime/init/ensure-init.ts';
import { targets } from '../../src/spec/targets.ts';
import { createContext } from '../../src/io/create-context.ts';
import { openStore } from '../../src/store/store.ts';
import { ensureMicroPython, type RuntimeProduct } from '../../src/runtime/micropython/ensure-micropython.ts';
import { readMicroPythonInputs } from '../../src/runtime/micropython/micropython-inputs.ts';
import { ensureMpyCross } from '../../src/runtime/micropython/mpy-cross.ts';
import { proveRuntime } from '../../src/runtime/micropython/prove.ts';
import { unpackScript } from '../../src/runtime/unpack-script.ts';
import { laterThanV5 } from '../support/arm-v5.ts';
import { archiveBytes } from '../support/archive-bytes.ts';
import { checkout, runCli, scratch, testStore } from '../support/cli.ts';
import { whole } from '../support/extent.ts';
import { startFaultServer } from '../support/fault-server.ts';
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
  expect(archiveBytes(artifact?.path ?? '', folder)).toBeLessThanOrEqual(bars[target]?.hello ?? 0);
  const run = await runCli(['run', '.', '--base', 'static', '--target', target, '--offline', '--quiet'], {
    cwd: folder,
  });
  expect(run).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Hello from MicroPython/) as unknown });
});

const built = [...provedTargets.map((target) => ({ target, variant: 'small' })), ...furtherRuntimes];

const softMips = [...built, ...(whole ? [{ target: 'linux/mipsle', variant: 'small' }] : [])].filter(({ target }) =>
  target.startsWith('linux/mips'),
);

test.each(softMips)(
  '$target: no floating point instruction is in $variant, and all of it is soft float',
  async (one) => {
    const folder = scratch();
    const { full, blob } = await product(one.target, testStore, one.variant);
    const facts = spawnSync('readelf', ['-A', await fileOf(folder, blob, 'micropython')], { encoding: 'utf8' });
    expect(facts.stdout).toMatch(/FP ABI: Soft float/);
    // With symbols, by which objdump knows what is MIPS16.
    const code = disassembly('mips-linux-gnu', await fileOf(folder, full, 'full'));
    expect(code).toContain('<main>:');
    const floats = code.split('\n').filter((line) => /\t\S+\t.*\$f\d/.test(line));
    expect(floats).toEqual([]);
  },
);

function disassembly(prefix: string, path: string): string {
  const { status, stdout, stderr } = spawnSync(`${prefix}-objdump`, ['-d', path], {
    encoding: 'utf8',
    maxBuffer: 2 ** 29,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

/** musl has each of these for v6 and v7 too, and takes the one that the kernel says the processor is for. */
const chosenAtRunTime = ['__a_barrier_v6', '__a_barrier_v7', '__a_cas_v6', '__a_cas_v7', '__a_gettp_cp15'];

test.each(built.filter(({ target }) => target === 'linux/arm/v5'))(
  '$target: nothing in $variant needs more than v5TE',
  async ({ target, variant }) => {
    const { full } = await product(target, testStore, variant);
    const code = disassembly('arm-linux-gnueabi', await fileOf(scratch(), full, 'full'));
    expect(code).toContain('<main>:');
    // That they are found shows that others would be.
    expect([...new Set(laterThanV5(code).map(({ place }) => place))].sort()).toEqual(chosenAtRunTime);
  },
);

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

test('without an emulator a runtime counts as not run until there is one', async () => {
  const known = await product('linux/arm/v5');
  const cache = join(scratch(), 'cache');
  const store = await openStore(createContext(), cache, { offline: true });
  const filled = await openStore(createContext(), testStore, { offline: true });
  for (const blob of [known.blob, known.full]) await store.putStream(filled.open(blob));
  const target = targets.find(({ name }) => name === 'linux/arm/v5');
  if (target === undefined) throw new Error('no target');
  const { key, facts } = await readMicroPythonInputs(createContext(), target, 'small');
  await store.remember('micropython-3', key, Buffer.from(JSON.stringify({ ...known, proved: false })));
  const ctx = createContext();
  const bare = { ...ctx, tools: { ...ctx.tools, find: async () => undefined } };
  expect(await proveRuntime(bare, target, facts, await store.read(known.blob))).toBe(false);
  expect(await ensureMicroPython(bare, store, target, 'small')).toEqual({ ...known, proved: false });
  const list = await runCli(['runtime', 'list'], { env: { KILOPY_CACHE: cache } });
  expect(list.stdout).toMatch(/^linux\/arm\/v5 +small .* not run: no emulator$/mu);
  expect(await ensureMicroPython(ctx, store, target, 'small')).toEqual(known);
  const later = await runCli(['runtime', 'list'], { env: { KILOPY_CACHE: cache } });
  expect(later.stdout).toMatch(/^linux\/arm\/v5 +small .* ran here$/mu);
});

// Without line numbers (-O3), as the manifest freezes it.
test('the launcher that is frozen into every runtime has at most 700 bytes of bytecode', async () => {
  const folder = scratch();
  const [record = ''] = Object.values(compiled(testStore, 'mpy-cross-2'));
  const [, digest = '', size = ''] = /"digest":"(sha256:[0-9a-f]{64})","sizeBytes":(\d+)/u.exec(record) ?? [];
  const store = await openStore(createContext(), testStore, { offline: true });
  const ref = JSON.parse(
    Buffer.from(await store.read({ digest: digest as `sha256:${string}`, sizeBytes: Number(size) })).toString(),
  ) as RuntimeProduct['blob'];
  writeFileSync(join(folder, 'run.py'), launcherSource);
  const { status, stderr } = spawnSync(await fileOf(folder, ref, 'mpy-cross'), ['-O3', 'run.py'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(statSync(join(folder, 'run.mpy')).size).toBeLessThanOrEqual(700);
});

test('examples/http holds less than half a megabyte after two hundred answers', async () => {
  const folder = scratch();
  const program = await fileOf(folder, (await product('linux/amd64')).blob, 'micropython');
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  const source = readFileSync(join(checkout, 'examples/http/main.py'), 'utf8');
  writeFileSync(join(folder, 'main.py'), source.replace('PORT = 8080', `PORT = ${String(port)}`));
  const child = spawn(program, ['-m', 'kilopy_run', join(folder, 'main.py')], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ask = async (): Promise<string> => await (await fetch(`http://127.0.0.1:${String(port)}/status`)).text();
  await expect.poll(async () => await ask().catch(() => ''), { timeout: 300_000 }).toMatch(/uptime/u);
  for (let i = 1; i < 200; i++) await ask();
  const status = readFileSync(`/proc/${String(child.pid)}/status`, 'utf8');
  expect(Number(/^VmRSS:\s+(\d+) kB$/mu.exec(status)?.[1]) * 1024).toBeLessThanOrEqual(500_000);
});

/** Of a program that computes otherwise, an emulator makes no runtime. */
test('a runtime that says something wrong, or is for another machine, is refused', async () => {
  const ctx = createContext();
  const store = await openStore(ctx, testStore, { offline: true });
  const target = targets.find(({ name }) => name === 'linux/arm/v5');
  if (target === undefined) throw new Error('no target');
  const { facts } = await readMicroPythonInputs(ctx, target, 'small');
  const [own, other] = [await product('linux/arm/v5'), await product('linux/mips')];
  const question = proveRuntime(ctx, target, facts, await store.read(other.blob));
  await expect(question).rejects.toMatchObject({
    code: 'KP9102',
    why: expect.stringContaining('big-endian') as string,
  });
  const lying = { ...ctx.tools, run: async () => ({ status: 0, stdout: Buffer.from('5 4.5 little 2\n'), stderr: '' }) };
  const lie = proveRuntime({ ...ctx, tools: lying }, target, facts, await store.read(own.blob));
  await expect(lie).rejects.toMatchObject({ code: 'KP9102', why: expect.stringContaining('it said "5 4.5') as string });
});

/** A store with everything that was downloaded and nothing that was compiled. */
function uncompiledStore(): string {
  const cache = join(scratch(), 'cache');
  mkdirSync(cache);
  for (const part of ['blobs', 'derived']) cpSync(join(testStore, part), join(cache, part), { recursive: true });
  for (const kind of compiledKinds) rmSync(join(cache, 'derived', kind), { recursive: true, force: true });
  return cache;
}

const compiledKinds = ['micropython-3', 'mpy-cross-2', 'musl-2', 'init-4'];

/** What was compiled, by the digest of its recipe. */
function compiled(cache: string, kind: string): Readonly<Record<string, string>> {
  const folder = join(cache, 'derived', kind);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(files.map(({ name, parentPath }) => [name, readFileSync(join(parentPath, name), 'utf8')]));
}

test.each(whole ? ['linux/amd64', 'linux/mips'] : ['linux/amd64'])(
  '%s: compiled again from the same sources in another store, everything has the same bytes',
  async (name) => {
    const cache = uncompiledStore();
    const [first, second] = [await product(name), await product(name, cache)];
    expect(second).toEqual(first);
    const target = targets.find((one) => one.name === name);
    if (target === undefined) throw new Error(name);
    const ctx = createContext();
    const inputs = await readMicroPythonInputs(ctx, target, 'small');
    for (const root of [testStore, cache]) {
      const store = await openStore(ctx, root, { offline: true });
      await ensureInit(ctx, store, target);
      const source = await fetchDebianSource(ctx, store, 'micropython', sourceSuite);
      const crossCompiler = await store.read(await ensureMpyCross(ctx, store, inputs, source));
      // Compiled on another day it is the same, too.
      expect(Buffer.from(crossCompiler).toString('latin1')).toContain(' on 1970-01-01; mpy-cross');
    }
    for (const kind of compiledKinds) {
      const again = compiled(cache, kind);
      expect(Object.keys(again)).toHaveLength(1);
      expect(compiled(testStore, kind)).toMatchObject(again);
    }
  },
);

test.runIf(whole)('the tarball of Debian’s source, given as --source, makes the same program', async () => {
  const store = await openStore(createContext(), testStore, { offline: true });
  const source = await fetchDebianSource(createContext(), store, 'micropython', sourceSuite);
  const tarball = source.files.find(({ name }) => name.endsWith('.orig.tar.xz'));
  if (tarball === undefined) throw new Error('no tarball');
  const known = await product('linux/amd64');
  const path = `/micropython-${known.version}.tar.xz`;
  const body = await store.read(tarball.blob);
  const server = await startFaultServer({ [path]: { kind: 'ok', body } });
  const words = ['--source', `micropython=${server.url}${path}#sha256=${tarball.blob.digest.slice(7)}`, '--json'];
  const options = { env: { KILOPY_CACHE: uncompiledStore() }, timeoutMs: 1_200_000 };
  const { stdout, stderr, status } = await runCli(['runtime', 'build', ...words], options);
  await server.close();
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  const [made] = (JSON.parse(stdout) as { runtimes: RuntimeProduct[] }).runtimes;
  expect(made?.blob).toEqual(known.blob);
  expect(made?.recipe).not.toBe(known.recipe);
});

/** What a patch of each leaves in the source, and what one that is left out would have taken away. */
const patched: readonly (readonly [name: string, path: string, text: string])[] = [
  ['musl', 'src/linux/renameat2.c', 'SYS_renameat2'],
  ['musl', 'src/locale/iconv.c', 'c > 0xc6-0x81 || c==0xc6-0x81'],
  ['mbedtls', 'library/common.h', 'MBEDTLS_GCC_VERSION >= 140100'],
  ['micropython', 'extmod/modtls_mbedtls.c', 'mbedtls_debug_set_threshold(0)'],
  ['micropython', 'extmod/extmod.mk', 'MBEDTLS_DIR = lib/mbedtls'],
  ['micropython', 'py/py.mk', 'makeversionhdr.py'],
];

test('Debian’s patches are in the sources that runtimes are made from', async () => {
  const ctx = createContext();
  const store = await openStore(ctx, testStore, { offline: true });
  const folder = scratch();
  for (const name of ['input', 'tmp']) mkdirSync(join(folder, name));
  const names = [...new Set(patched.map(([name]) => name))];
  for (const name of names) {
    const source = await fetchDebianSource(ctx, store, name, sourceSuite);
    for (const [file, blob] of archivesOf(source)) await fileOf(join(folder, 'input'), blob, file);
  }
  const script = (await unpackScript(ctx)).replaceAll(/\/(input|tmp)\//gu, `${folder}/$1/`);
  const calls = names.map((name) => `unpack ${name} ${folder}/${name}\n`).join('');
  const { status, stderr } = spawnSync('sh', ['-c', `set -e\n${script}\n${calls}`], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const [name, path, text] of patched) expect(readFileSync(join(folder, name, path), 'utf8')).toContain(text);
});
