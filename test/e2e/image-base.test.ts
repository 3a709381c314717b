import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkout, runCli, scratch } from '../support/cli.ts';
import { deadNetwork } from '../support/recorded-mirror.ts';

/** `base: {image: PATH}`: kilopy's own image of examples/hello as the base of another application. */

function project(image: string): string {
  const folder = join(scratch(), 'app');
  mkdirSync(folder);
  writeFileSync(join(folder, 'main.py'), 'print("on top")\n');
  writeFileSync(join(folder, 'kilopy.yaml'), `name: top\nbase: {image: ${image}}\n`);
  return folder;
}

test.each([
  ['oci', 'hello-*.oci.tar'],
  ['oci-dir', 'hello-*.oci'],
  ['tar.gz', 'hello-*.tar.gz'],
  ['ext4', 'hello-*.ext4'],
])(
  'an image of kilopy as %s is a base: its own MicroPython runs the application on it',
  async (format, pattern) => {
    const below = scratch();
    cpSync(join(checkout, 'examples/hello/main.py'), join(below, 'main.py'));
    const base = [
      'build',
      '.',
      '--base',
      'debian',
      '--name',
      'hello',
      '--output',
      format,
      '--offline',
      '--out-dir',
      join(below, 'dist'),
      '--json',
    ];
    const built = await runCli(base, { cwd: below, env: deadNetwork });
    expect(built).toMatchObject({ status: 0 });
    const { artifacts } = JSON.parse(built.stdout) as { artifacts: { path: string }[] };
    const path = artifacts[0]?.path ?? '';
    expect(path).toMatch(new RegExp(`${pattern.replaceAll('.', '\\.').replace('*', '[^/]*')}$`));

    const folder = project(path);
    const run = await runCli(['run', '.', '--offline', '--quiet'], { cwd: folder, env: deadNetwork });
    expect(run).toMatchObject({ status: 0 });
    expect(run.stdout).toBe('on top\n');
    const result = await runCli(['build', '.', '--offline', '--json'], { cwd: folder, env: deadNetwork });
    expect(result).toMatchObject({ status: 0 });
    const lock = JSON.parse(readFileSync(join(folder, 'kilopy.lock'), 'utf8')) as {
      sections: { base: string; sources: { digest: string }[] }[];
    };
    expect(lock.sections[0]?.base).toBe('image');
    expect(lock.sections[0]?.sources[0]?.digest).toMatch(/^sha256:/);

    const other = lock.sections[0]?.sources[0]?.digest ?? '';
    const changed = readFileSync(join(folder, 'kilopy.lock'), 'utf8').replace(other, `sha256:${'0'.repeat(64)}`);
    writeFileSync(join(folder, 'kilopy.lock'), changed);
    const stale = await runCli(['build', '.', '--offline', '--json'], { cwd: folder, env: deadNetwork });
    expect((JSON.parse(stale.stdout) as { error: { code: string } }).error.code).toBe('KP5601');
  },
  60_000,
);

test.each([
  ['./nothing.tar', 'KP2012'],
  ['Micropython/unix:latest', 'KP6101'],
])('base image %s is refused with %s', async (image, code) => {
  const { stdout } = await runCli(['build', '.', '--json'], { cwd: project(image), env: { KILOPY_CACHE: scratch() } });
  expect((JSON.parse(stdout) as { error: { code: string } }).error.code).toBe(code);
});
