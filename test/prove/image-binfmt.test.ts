import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unfilled } from '../support/filled-store.ts';
import { startDocker, startPodman, type TestEngine } from '../support/engines.ts';
import { openWorkshop } from '../support/real-image.ts';

/** Foreign images in podman and docker, as on a machine where binfmt_misc starts QEMU. Needs root. */
const workshop = openWorkshop();
const binfmt = '/proc/sys/fs/binfmt_misc';
const engines: TestEngine[] = [];
const registered: string[] = [];
let mounted = false;
const app = workshop.app('hello');

const platforms = [
  ['linux/arm64', 'qemu-aarch64', 'aarch64'],
  ['linux/arm/v7', 'qemu-arm', 'arm'],
  ['linux/riscv64', 'qemu-riscv64', 'riscv64'],
] as const;

beforeAll(async () => {
  if (!existsSync(join(binfmt, 'register'))) {
    execFileSync('mount', ['-t', 'binfmt_misc', 'binfmt_misc', binfmt]);
    mounted = true;
  }
  for (const [, qemu] of platforms) register(qemu);
  engines.push(await startPodman(), await startDocker());
});

afterAll(async () => {
  for (const engine of engines) await engine.stop();
  for (const name of registered) writeFileSync(join(binfmt, name), '-1');
  if (mounted) execFileSync('umount', [binfmt]);
  workshop.close();
});

test.for(platforms)('%s runs through %s and prints %s', async ([target, , machine], { skip }) => {
  skip(unfilled(target) !== undefined, unfilled(target));
  const [image] = await workshop.build(app, '--target', target, '--name', machine);
  for (const engine of engines) {
    await engine.must('load', '--input', image?.path ?? '');
    const said = await engine.must('run', '--rm', '--read-only', ...engine.runOptions, `${machine}:latest`);
    expect(said).toMatch(new RegExp(`^Hello from MicroPython 1\\.\\S+ on ${machine}$`, 'u'));
  }
});

/** From Debian's own description; F opens the interpreter now, because images do not have it. */
function register(qemu: string): void {
  const text = readFileSync(join('/usr/share/binfmts', qemu), 'utf8');
  const field = (name: string): string => new RegExp(`^${name} (.*)$`, 'mu').exec(text)?.[1] ?? '';
  const name = `kilopy-test-${qemu}`;
  const line = `:${name}:M::${field('magic')}:${field('mask')}:/usr/bin/${qemu}-static:F`;
  writeFileSync(join(binfmt, 'register'), line);
  registered.push(name);
}
