import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeArchiveKey, type ArchiveKey } from '../support/archive-key.ts';
import { runCli, testStore, type CliResult } from '../support/cli.ts';
import { makeDebArchive, serveArchive, type ArchivePackage } from '../support/deb-archive.ts';
import { startFaultServer, type FaultServer } from '../support/fault-server.ts';
import { openWorkshop } from '../support/real-image.ts';

/**
 * The import check asks the MicroPython of the image. Proved with Debian's own packages in two archives signed by the test,
 * one of them with a frozen module under another name and everything else, even the version, the same.
 */
const workshop = openWorkshop();
let key: ArchiveKey;
let server: FaultServer;

beforeAll(async () => {
  key = await makeArchiveKey();
  server = await startFaultServer();
  const packages = await realPackages();
  const altered = packages.map((one) =>
    one.control.Package === 'micropython' ? { ...one, deb: renameModule(one.deb, 'requests', 'rexuests') } : one,
  );
  serveArchive(server, await makeDebArchive(key, [{ suite: 'own', packages }]), '/plain');
  serveArchive(server, await makeDebArchive(key, [{ suite: 'own', packages: altered }]), '/altered');
});

afterAll(async () => {
  await server.close();
  workshop.close();
});

test.each([
  ['plain', 'requests'],
  ['altered', 'rexuests'],
])('with the %s runtime `import %s` works', async (archive, module) => {
  const { status, stdout } = await run(archive, `import ${module}\nprint(${module}.__name__)\n`);
  expect([status, stdout]).toEqual([0, `${module}\n`]);
});

test.each([
  ['plain', 'rexuests'],
  ['altered', 'requests'],
])('with the %s runtime `import %s` is refused', async (archive, module) => {
  const { status, stderr } = await run(archive, `\nimport ${module}\n`);
  expect([status, stderr]).toEqual([2, expect.stringMatching(/^error KP3006: main\.py:2:8: /mu)]);
  expect(stderr).toContain(module);
});

let apps = 0;

/** All runs share one store: what one runtime said must not be taken for the other's words. */
async function run(archive: string, source: string): Promise<CliResult> {
  const yaml = [
    'base:',
    '  debian:',
    '    suite: own',
    `    mirror: ${server.url}/${archive}`,
    '    keys: [own.asc]',
    'targets: [linux/amd64]',
  ];
  apps += 1;
  const app = workshop.app(`app-${String(apps)}`, {
    'main.py': source,
    'kilopy.yaml': `${yaml.join('\n')}\n`,
    'own.asc': key.armoredPublic,
  });
  return await runCli(['run', app], { env: { KILOPY_CACHE: join(workshop.folder, 'store') } });
}

interface RealPackage extends ArchivePackage {
  readonly deb: Uint8Array;
}

/** The packages of examples/hello as Debian made them, from the test store. */
async function realPackages(): Promise<readonly RealPackage[]> {
  const app = workshop.app('hello');
  await workshop.build(app, '--target', 'linux/amd64');
  const { sections } = JSON.parse(readFileSync(join(app, 'kilopy.lock'), 'utf8')) as {
    readonly sections: readonly {
      readonly target: string;
      readonly packages: readonly { readonly name: string; readonly sha256: string }[];
    }[];
  };
  const blobs = readdirSync(join(testStore, 'blobs'), { recursive: true, encoding: 'utf8' });
  const locked = sections.find(({ target }) => target === 'linux/amd64')?.packages ?? [];
  return locked.map(({ name, sha256 }) => {
    const path = blobs.find((blob) => blob.replaceAll('/', '').endsWith(sha256));
    if (path === undefined) throw new Error(`${name} is not in ${testStore}`);
    const file = join(testStore, 'blobs', path);
    const control = execFileSync('dpkg-deb', ['--field', file], { encoding: 'utf8' });
    return { control: fieldsOf(control), deb: readFileSync(file) };
  });
}

/** Fields on one line; the description's further lines are not needed. */
function fieldsOf(control: string): Record<string, string> {
  const fields = [...control.matchAll(/^([A-Za-z-]+): (.*)$/gmu)].map(([, name = '', value = '']) => [name, value]);
  return Object.fromEntries(fields) as Record<string, string>;
}

/** The package with every mention of a name in its program replaced by another one of the same length. */
function renameModule(deb: Uint8Array, from: string, to: string): Uint8Array {
  const folder = join(workshop.folder, 'repacked');
  mkdirSync(folder);
  const file = join(folder, 'package.deb');
  const unpacked = join(folder, 'unpacked');
  writeFileSync(file, deb);
  execFileSync('dpkg-deb', ['--raw-extract', file, unpacked]);
  const program = join(unpacked, 'usr/bin/micropython');
  const text = readFileSync(program, 'latin1');
  if (!text.includes(from)) throw new Error(`${from} is not frozen into this MicroPython`);
  writeFileSync(program, text.replaceAll(from, to), 'latin1');
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '--build', unpacked, file]);
  return readFileSync(file);
}
