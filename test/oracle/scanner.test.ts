import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeAlpineMirror } from '../support/alpine-mirror.ts';
import { startFaultServer } from '../support/fault-server.ts';
import { runCli, runProgram, scratch } from '../support/cli.ts';

/** What a scanner for vulnerabilities sees in an image: anchore's syft, a Go program that no distribution of CI brings. */
const syft = process.env['KILOPY_SYFT'] ?? '';

interface Scanned {
  readonly distro?: { readonly id?: string; readonly versionID?: string };
  readonly artifacts: readonly {
    readonly name: string;
    readonly version: string;
    readonly purl: string;
    readonly type: string;
  }[];
}

/** Without what syft finds by itself in programs of Debian, which this mirror's are. */
function named({ artifacts }: Scanned): readonly string[] {
  return artifacts.filter(({ type }) => type === 'apk').map(({ name, version }) => `${name} ${version}`);
}

test('syft sees all packages in the modes full and scanner, and whose they are', async (context) => {
  context.skip(syft === '', 'KILOPY_SYFT names no syft');
  const { files, publicKey } = await makeAlpineMirror(['linux/amd64']);
  const server = await startFaultServer();
  for (const [path, body] of files) server.routes.set(path, { kind: 'ok', body });
  const cwd = join(scratch(), 'app');
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'main.py'), 'print("hello")\n');
  writeFileSync(join(cwd, 'test.rsa.pub'), publicKey);
  const scan = async (mode: string): Promise<Scanned> => {
    writeFileSync(join(cwd, 'kilopy.yaml'), `base: {alpine: {keys: [test.rsa.pub], database: ${mode}}}\n`);
    const env = { KILOPY_ALPINE_MIRROR: `${server.url}/alpine`, KILOPY_CACHE: join(cwd, '..', 'store') };
    const words = ['build', '.', '--target', 'linux/amd64', '--output', 'oci', '--out-dir', `../${mode}`];
    expect(await runCli(words, { cwd, env })).toMatchObject({ status: 0 });
    const image = `oci-archive:${join(cwd, '..', mode, 'app-amd64.oci.tar')}`;
    const { stdout } = await runProgram(syft, ['scan', image, '-q', '-o', 'syft-json']);
    return JSON.parse(stdout) as Scanned;
  };
  const [full, scanner, none] = [await scan('full'), await scan('scanner'), await scan('none')];
  await server.close();
  expect(named(scanner)).toEqual(['libs 1.27.0-r0', 'micropython 1.27.0-r0', 'musl 1.27.0-r0']);
  expect(named(full)).toEqual(named(scanner));
  expect(named(none)).toEqual([]);
  expect(scanner.distro).toMatchObject({ id: 'alpine', versionID: '3.24' });
  expect(scanner.artifacts.find(({ name }) => name === 'micropython')?.purl).toMatch(
    /^pkg:apk\/alpine\/micropython@1\.27\.0-r0\?.*distro=alpine-3\.24/u,
  );
});
