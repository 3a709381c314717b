import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createContext } from '../../src/io/create-context.ts';
import { auditObjects } from '../../src/runtime/audit-objects.ts';
import { buildFacts } from '../../src/runtime/build-facts.ts';
import type { RuntimeProduct } from '../../src/runtime/micropython/ensure-micropython.ts';
import { zigFacts } from '../../src/runtime/toolchain/zig-facts.ts';
import { targets, type Target } from '../../src/spec/targets.ts';
import { openStore } from '../../src/store/store.ts';
import { laterThanV5 } from '../support/arm-v5.ts';
import { checkout, runCli, scratch, testStore } from '../support/cli.ts';
import { whole } from '../support/extent.ts';
import { knownFailures, runSuite, unpackSuite } from '../support/micropython-suite.ts';
import { provedTargets } from '../support/runtime-bars.ts';

/**
 * Runtimes that zig compiles (`--toolchain zig`). kilopy does not download it: KILOPY_ZIG names one, or PATH has it; else all of this is skipped. The
 * sources are those of the test store.
 */

const zig = process.env['KILOPY_ZIG'] ?? (await createContext().tools.find('zig'));

const zigTargets = whole ? Object.keys(zigFacts) : [...provedTargets];

async function product(name: string, cache = testStore, program = zig ?? ''): Promise<RuntimeProduct> {
  const words = ['runtime', 'build', '--target', name, '--toolchain', program, '--offline', '--json'];
  const { stdout, stderr, status } = await runCli(words, { env: { KILOPY_CACHE: cache }, timeoutMs: 1_200_000 });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  const [found] = (JSON.parse(stdout) as { runtimes: RuntimeProduct[] }).runtimes;
  if (found === undefined) throw new Error('no runtime');
  return found;
}

async function bytesOf(blob: RuntimeProduct['blob']): Promise<Buffer> {
  return Buffer.from(await (await openStore(createContext(), testStore, { offline: true })).read(blob));
}

async function programOf(blob: RuntimeProduct['blob']): Promise<string> {
  const path = join(scratch(), 'micropython');
  writeFileSync(path, await bytesOf(blob), { mode: 0o755 });
  return path;
}

function targetOf(name: string): Target {
  const target = targets.find((one) => one.name === name);
  if (target === undefined) throw new Error(name);
  return target;
}

const page = readFileSync(join(checkout, 'docs/runtime.md'), 'utf8');

test.skipIf(zig === undefined).each(zigTargets)(
  '%s: compiled with zig it runs, and every object of it fits',
  async (name) => {
    const { proved, toolchain, blob, objects, licences } = await product(name);
    expect(proved).toBe(true);
    expect(toolchain).toMatchObject({ from: 'host', name: `zig-${buildFacts[targetOf(name).name]?.muslTarget ?? ''}` });
    expect(licences).toContain('compiler-rt of zig: MIT');
    const audited = auditObjects(targetOf(name), (await bytesOf(objects)).toString(), 'small').map((one) => one.name);
    for (const part of [/\/crt1\.o$/, /\/libc\.a\/vfprintf\.o$/, /\/py\/vm\.o$/, /micropython\.full$/])
      expect(audited.filter((path) => part.test(path))).toHaveLength(1);
    expect(audited.length).toBeGreaterThan(300);
    // Nothing of this computer's gcc.
    expect(audited.filter((path) => /libgcc|crtbegin/u.test(path))).toEqual([]);
    // The page's table was measured with one version.
    const row = page.split('\n').find((line) => line.startsWith(`| ${name} | ${toolchain?.version ?? ''} |`));
    const size = String(blob.sizeBytes).replace(/\B(?=(\d{3})+$)/gu, ' ');
    expect(row ?? `| ${size} |`).toContain(`| ${size} |`);
    const sections = spawnSync('readelf', ['-hSlW', await programOf(blob)], { encoding: 'utf8' });
    expect({ status: sections.status, stderr: sections.stderr }).toEqual({ status: 0, stderr: '' });
    expect(sections.stdout).not.toMatch(/\.symtab|\.comment|INTERP/u);
  },
);

test.skipIf(zig === undefined).each(zigTargets.filter((name) => name.startsWith('linux/mips')))(
  '%s: no instruction of a floating point unit is in it',
  async (name) => {
    const code = disassembly('mips-linux-gnu', await programOf((await product(name)).full));
    expect(code.split('\n').filter((line) => /\t\S+\t.*\$f\d/u.test(line))).toEqual([]);
  },
);

/** musl has each of these for v6 and v7 too, and takes the one that the kernel says the processor is for; */
const atomics = ['__a_barrier_v6', '__a_barrier_v7', '__a_cas_v6', '__a_cas_v7', '__a_gettp_cp15'];
/** and these keep registers of a floating point unit where the kernel says that there is one (`tst r1,#0x40` in musl's setjmp.s). */
const chosenAtRunTime = [...atomics, '__setjmp', '_longjmp'];

test.skipIf(zig === undefined)('linux/arm/v5: nothing in it needs more than v5TE', async () => {
  const later = laterThanV5(disassembly('arm-linux-gnueabi', await programOf((await product('linux/arm/v5')).full)));
  expect([...new Set(later.map(({ place }) => place))].sort()).toEqual(chosenAtRunTime);
});

function disassembly(prefix: string, path: string): string {
  const { status, stdout, stderr } = spawnSync(`${prefix}-objdump`, ['-d', path], {
    encoding: 'utf8',
    maxBuffer: 2 ** 29,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('<main>:');
  return stdout;
}

/** What a division in software gets wrong first: quotients that are subnormal (device/zig/toolchain/division.c). */
const division = `
import struct
def bits(value):
    return hex(struct.unpack('>Q', struct.pack('>d', value))[0])
tiny = struct.unpack('>d', struct.pack('>Q', 3))[0]
print(bits(tiny / 2.0), bits(tiny / -2.0), bits(tiny / 1.0000000000000002), bits(1e-308 / 3.0), bits(2.0 / 3.0))
`;

test.skipIf(zig === undefined).each(zigTargets)('%s: divides as IEEE 754 has it', async (name) => {
  const target = targetOf(name);
  const program = await programOf((await product(name)).blob);
  const cpu = buildFacts[target.name]?.qemuCpu;
  const emulator =
    name === 'linux/amd64' ? [] : [`${target.qemuUser}-static`, ...(cpu === undefined ? [] : ['-cpu', cpu])];
  const { stdout, stderr } = spawnSync('env', [...emulator, program, '-c', division], { encoding: 'utf8' });
  // By CPython on amd64.
  expect({ stdout, stderr }).toEqual({
    stdout: '0x2 0x8000000000000002 0x3 0x2659cd2b34d9b 0x3fe5555555555555\n',
    stderr: '',
  });
});

test.skipIf(zig === undefined).each(zigTargets)(
  '%s: passes MicroPython’s own tests, but for what is known',
  async (name) => {
    const folder = scratch();
    await unpackSuite(folder, testStore);
    const { performed, failed } = await runSuite(folder, name, await programOf((await product(name)).blob));
    expect(failed).toEqual([...knownFailures(name, 'small').keys()].sort());
    expect(performed).toBeGreaterThanOrEqual(790);
  },
);

test.skipIf(zig === undefined).each(whole ? ['linux/amd64', 'linux/mips'] : ['linux/amd64'])(
  '%s: compiled again by the same zig in another folder, it has the same bytes',
  async (name) => {
    const place = scratch();
    const cache = join(place, 'cache');
    mkdirSync(cache);
    for (const part of ['blobs', 'derived']) cpSync(join(testStore, part), join(cache, part), { recursive: true });
    for (const kind of ['micropython-3', 'mpy-cross-2', 'musl-2'])
      rmSync(join(cache, 'derived', kind), { recursive: true, force: true });
    const real = await createContext().fs.realPath(zig ?? '');
    const said = spawnSync(real, ['env'], { encoding: 'utf8' }).stdout;
    const library = /lib_dir"?\s*[:=]\s*"([^"]+)"/u.exec(said)?.[1] ?? '';
    const other = join(place, 'elsewhere');
    mkdirSync(other);
    cpSync(real, join(other, 'zig'));
    cpSync(library, join(other, 'lib'), { recursive: true });
    expect(await product(name, cache, join(other, 'zig'))).toEqual(await product(name));
  },
);
