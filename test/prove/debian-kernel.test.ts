import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkout, runCli, scratch } from '../support/cli.ts';
import { whole } from '../support/extent.ts';
import { freePort } from '../support/free-port.ts';

/**
 * Kernels that Debian has compiled, with their network cards' drivers as modules, which device/modules loads. Base debian, so that only the first
 * processes are compiled; asks Debian's mirror. malta-le is in openwrt-procd.test.ts.
 */

const bootMs = 900_000;

/** Those whose kernel is needed least often stay away from CI. */
const boards = whole ? ['x86-microvm', 'arm64-virt'] : ['x86-microvm'];

function application(): string {
  const folder = scratch();
  cpSync(join(checkout, 'examples/http'), folder, { recursive: true });
  return folder;
}

test.each(boards)(
  '%s: an application behind the forwarded port; the lock keeps the kernel, and firmware has it as it is',
  async (machine) => {
    const folder = application();
    const kernel = ['.', '--base', 'debian', '--machine', machine, '--kernel', 'debian'];
    const words = ['--publish', `${String(await freePort())}:8080`, '--timeout', '600', '--detach', '--json'];
    const started = await runCli(['run', ...kernel, ...words], { cwd: folder, timeoutMs: bootMs });
    expect([started.status, started.stdout]).toEqual([0, expect.stringContaining('"urls"')]);
    const { id, urls, receipt } = JSON.parse(started.stdout) as {
      id: string;
      urls: string[];
      receipt: { kernel: string; appRssBytes: number };
    };
    expect(await (await fetch(urls[0] ?? '')).text()).toBe('Hello from MicroPython\n');
    expect(receipt.kernel).toMatch(/^6\.1\.0-\d+-cloud-/u);
    expect(receipt.appRssBytes).toBeGreaterThan(0);
    expect((await runCli(['stop', id], { cwd: folder })).stdout).toContain('powered off');

    const lockPath = join(folder, 'kilopy.lock');
    const lock = readFileSync(lockPath, 'utf8');
    expect(lock).toContain(`"kernel": {"name": "linux-image-${receipt.kernel}", "version": "6.1.`);
    const build = ['build', ...kernel, '--output', 'firmware', '--locked', '--offline'];
    expect(await runCli([...build, '--out-dir', 'fw'], { cwd: folder })).toMatchObject({ status: 0 });
    expect(readFileSync(join(folder, 'fw/manifest'), 'utf8')).toContain(receipt.kernel);
    expect(readFileSync(lockPath, 'utf8')).toBe(lock);
    writeFileSync(lockPath, lock.replace(/,\n *"kernel": \{[^}]*\}/u, ''));
    expect(await runCli(build, { cwd: folder })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('KP5602'),
    });
  },
  bootMs,
);
