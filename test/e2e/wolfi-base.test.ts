import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, afterAll, expect, test } from 'vitest';
import { comparePaths } from '../../src/codec/path-text.ts';
import { serveApkRepository, type ServedApkRepository } from '../support/apk-repository.ts';
import { runCli, runProgram, scratch } from '../support/cli.ts';
import { startFaultServer, type FaultServer } from '../support/fault-server.ts';

/** The base `wolfi` against a repository of this machine in Wolfi's layout: one folder for each architecture, and no MicroPython. */

const release = 'NAME="Wolfi"\nID=wolfi\nVERSION_ID=20230201\nPRETTY_NAME="Wolfi"\n';
const bundle = 'etc/ssl/certs/ca-certificates.crt';
let server: FaultServer;
let wolfi: ServedApkRepository;

beforeAll(async () => {
  server = await startFaultServer();
  wolfi = await serveApkRepository(
    server,
    [
      {
        name: 'wolfi-baselayout',
        version: '20230201-r20',
        depends: ['ca-certificates-bundle'],
        content: { 'etc/os-release': release, 'etc/profile': 'PATH=/usr/bin\n' },
      },
      {
        name: 'ca-certificates-bundle',
        version: '20241121-r0',
        origin: 'ca-certificates',
        content: { [bundle]: 'certificates\n' },
      },
      { name: 'micropython', version: '9.9-r0', content: { 'usr/bin/micropython': '#!/bin/sh\necho of a feed\n' } },
    ],
    '/os',
  );
});

afterAll(async () => {
  await server.close();
});

function project(base: string, packages: string): { readonly cwd: string; readonly env: Record<string, string> } {
  const cwd = join(scratch(), 'app');
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'main.py'), 'print("on wolfi", 2 ** 64)\n');
  writeFileSync(join(cwd, 'kilopy.yaml'), `base: {wolfi: {keys: [wolfi.rsa.pub]${base}}}\npackages: [${packages}]\n`);
  writeFileSync(join(cwd, 'wolfi.rsa.pub'), wolfi.publicKey);
  return { cwd, env: { KILOPY_WOLFI_MIRROR: wolfi.url } };
}

const words = ['build', '.', '--target', 'linux/amd64', '--output', 'tar', '--json'];

function digest({ stdout }: { readonly stdout: string }): unknown {
  return (JSON.parse(stdout) as { artifacts: { digest: string }[] }).artifacts[0]?.digest;
}

async function files(cwd: string): Promise<readonly string[]> {
  const { stdout } = await runProgram('tar', ['-tf', join(cwd, 'dist/app-amd64.tar')]);
  return stdout.split('\n').map((line) => line.replace(/^\.\//u, ''));
}

test("kilopy's own runtime, and everything else from Wolfi; the image runs, and says why a package is there", async () => {
  const { cwd, env } = project('', 'wolfi-baselayout, ca-certificates-bundle');
  const built = await runCli(words, { cwd, env });
  expect(built).toMatchObject({ status: 0 });
  expect(await files(cwd)).toEqual(
    expect.arrayContaining(['usr/bin/micropython', 'etc/os-release', 'etc/profile', bundle]),
  );
  const { sections } = JSON.parse(readFileSync(join(cwd, 'kilopy.lock'), 'utf8')) as {
    sections: { wishes: string[]; packages: { name: string; feed: string }[] }[];
  };
  expect(sections[0]?.wishes[0]).toBe('micropython-small');
  expect(sections[0]?.packages.map(({ name, feed }) => `${name} of ${feed}`)).toEqual([
    'ca-certificates-bundle of wolfi',
    'micropython-small of static',
    'wolfi-baselayout of wolfi',
  ]);
  const ran = await runCli(['run', '.', '--offline', '--locked', '--quiet'], { cwd, env });
  expect(ran).toMatchObject({ status: 0, stdout: 'on wolfi 18446744073709551616\n' });
  const why = await runCli(['why', bundle, '--offline'], { cwd, env });
  expect(why.stdout).toContain('package ca-certificates-bundle 20241121-r0 brings it');

  const again = await runCli([...words, '--offline', '--locked', '--out-dir', scratch()], { cwd, env });
  expect(digest(again)).toBe(digest(built));
});

test('the database names the runtime, and what apk would keep in its world', async () => {
  const { cwd, env } = project(', database: full', 'wolfi-baselayout');
  expect(await runCli(words, { cwd, env })).toMatchObject({ status: 0 });
  const text = async (path: string): Promise<string> =>
    (await runProgram('tar', ['-xOf', join(cwd, 'dist/app-amd64.tar'), path])).stdout;
  expect(await text('etc/apk/world')).toBe('micropython-small\nwolfi-baselayout\n');
  expect(await text('etc/apk/repositories')).toBe(`${wolfi.url}\n`);
  const installed = await text('lib/apk/db/installed');
  expect([...installed.matchAll(/^P:(.*)$/gmu)].map(([, name = '']) => name).toSorted(comparePaths)).toEqual([
    'ca-certificates-bundle',
    'micropython-small',
    'wolfi-baselayout',
  ]);
});

test('a package micropython that is asked for takes the place of the runtime', async () => {
  const { cwd, env } = project('', 'micropython');
  const { stdout } = await runCli([...words, '--dry-run'], { cwd, env });
  expect([...stdout.matchAll(/[\w.-]+\.apk/gu)].map(([name]) => name)).toEqual(['micropython-9.9-r0.apk']);
});
