import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readlinkSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkout, runCli, scratch, testStore } from '../support/cli.ts';
import { whole } from '../support/extent.ts';
import { listing } from '../support/failing-cli.ts';
import { seededRandom } from '../support/random.ts';

/** What goes wrong while a runtime is compiled; by hand only, because each compiles one. */

const words = ['runtime', 'build', '--target', 'linux/amd64', '--offline'];

/** A store with everything that was downloaded and nothing that was compiled, and a TMPDIR of its own. */
function place(): { readonly cache: string; readonly tmp: string } {
  const root = scratch();
  const [cache, tmp] = [join(root, 'cache'), join(root, 'tmp')];
  for (const folder of [cache, tmp]) mkdirSync(folder);
  for (const part of ['blobs', 'derived']) cpSync(join(testStore, part), join(cache, part), { recursive: true });
  for (const kind of ['micropython-3', 'mpy-cross-2', 'musl-2'])
    rmSync(join(cache, 'derived', kind), { recursive: true, force: true });
  return { cache, tmp };
}

async function build(cache: string, tmp?: string): ReturnType<typeof runCli> {
  const env = { KILOPY_CACHE: cache, ...(tmp !== undefined && { TMPDIR: tmp }) };
  return await runCli([...words, '--json'], { env, timeoutMs: 1_800_000 });
}

/** Processes whose root file system is below a folder: compilers. */
function compilers(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/u.test(pid) && readlinkSync(`/proc/${pid}/root`).startsWith(folder);
    } catch {
      return false;
    }
  });
}

/** When programs of a build run in its root; at the latest after ten minutes. */
async function compiling(folder: string): Promise<string> {
  for (let i = 0; i < 30_000; i++) {
    if (compilers(folder).length >= 2) return 'compiling';
    await sleep(20);
  }
  return 'no compiler runs';
}

describe.runIf(whole)('while a runtime is compiled', () => {
  test('killed at random moments, it leaves no compiler behind, resumes, and makes the right program', async () => {
    const { cache, tmp } = place();
    const random = seededRandom(20_261_127);
    const known = await build(testStore);
    expect(known.status).toBe(0);
    let met = 0;
    for (let round = 0; round < 8; round++) {
      const env = { PATH: process.env.PATH, HOME: process.env.HOME, KILOPY_CACHE: cache, TMPDIR: tmp };
      const child = spawn(process.execPath, [join(checkout, 'build/cli/bin.js'), ...words], { env, stdio: 'ignore' });
      const ended = new Promise<NodeJS.Signals | null>((done) => child.on('close', (_, signal) => done(signal)));
      // Half of them while musl or MicroPython is compiled, which has a root of its own.
      const begin = Date.now();
      if (round % 2 === 0) while (compilers(tmp).length < 2 && Date.now() - begin < 120_000) await sleep(50);
      await sleep(Math.floor(random() * 8_000));
      met += compilers(tmp).length > 0 ? 1 : 0;
      child.kill(round % 4 < 2 ? 'SIGKILL' : 'SIGINT');
      await ended;
      await expect.poll(() => compilers(tmp), { timeout: 300_000 }).toEqual([]);
      expect(
        listing(join(cache, 'blobs')).filter(([path]) => !/^sha256(?:\/[0-9a-f]{2}(?:\/[0-9a-f]{64})?)?$/u.test(path)),
      ).toEqual([]);
    }
    expect(met).toBeGreaterThanOrEqual(3);
    const again = await build(cache, tmp);
    expect({ status: again.status, stderr: again.stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(again.stdout)).toEqual(JSON.parse(known.stdout));
    expect(readdirSync(tmp)).toEqual([]);
  }, 3_600_000);

  test('a disk that is full of compilers, or of what they make, is said as such; with room it goes on', async () => {
    const { cache, tmp } = place();
    const resize = (bytes: number): void => void execFileSync('mount', ['-o', `remount,size=${String(bytes)}`, tmp]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', tmp]);
    onTestFinished(() => void execFileSync('umount', [tmp]));
    const full = { error: { code: 'KP1005', fix: expect.stringContaining('TMPDIR') as string } };
    expect(JSON.parse((await build(cache, tmp)).stdout)).toMatchObject(full);
    expect(readdirSync(tmp)).toEqual([]);
    resize(2 ** 31);
    const running = build(cache, tmp);
    // A build that ends before by itself is what the test then shows, instead of waiting.
    expect(await Promise.race([running, compiling(tmp)])).toBe('compiling');
    // A little more than is used now: less than MicroPython's source takes, which is being unpacked, and less is refused.
    const { bsize, blocks, bfree } = statfsSync(tmp);
    resize((blocks - bfree) * bsize + 2 ** 24);
    const met = await running;
    expect(JSON.parse(met.stdout)).toMatchObject(full);
    expect(readdirSync(tmp)).toEqual([]);
    resize(2 ** 31);
    const again = await build(cache, tmp);
    expect({ status: again.status, stderr: again.stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(again.stdout)).toEqual(JSON.parse((await build(testStore)).stdout));
  }, 3_600_000);
});
