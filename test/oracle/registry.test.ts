import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli, scratch } from '../support/cli.ts';
import { smallArchive } from '../support/small-archive.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** Debian's docker-registry on loopback, and skopeo as its other client. */

let registry: ChildProcess;
let folder: string;
let host: string;
const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/mips'];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kilopy-registry-'));
  host = `127.0.0.1:${String(await freePort())}`;
  const config = join(folder, 'config.yml');
  writeFileSync(
    config,
    `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${folder}/data}}\nhttp: {addr: "${host}"}\n`,
  );
  registry = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  for (let tries = 0; tries < 200; tries++) {
    const answered = await fetch(`http://${host}/v2/`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('docker-registry does not answer');
});

afterAll(() => {
  registry.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function skopeo(...args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync('skopeo', args, { encoding: 'utf8' });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

test('an index is pushed, is up to date the second time, and skopeo reads every platform of it', async () => {
  const archive = await smallArchive(scratch(), ...platforms);
  const reference = `${host}/me/app:1.2`;
  expect(await runCli(['push', reference, archive])).toMatchObject({ status: 0 });
  const again = await runCli(['push', reference, archive]);
  expect(again).toMatchObject({ status: 0, stdout: expect.stringContaining('up to date') as unknown });
  const index = JSON.parse(skopeo('inspect', '--raw', '--tls-verify=false', `docker://${reference}`)) as {
    manifests: { platform: { architecture: string } }[];
  };
  expect(index.manifests.map(({ platform }) => platform.architecture).sort()).toEqual([
    'amd64',
    'arm',
    'arm64',
    'mips',
  ]);
  skopeo('copy', '--all', '--src-tls-verify=false', `docker://${reference}`, `oci:${scratch()}/layout`);
});

test('what skopeo has pushed is pulled, and copied to another repository without sending a layer', async () => {
  const below = scratch();
  const archive = await smallArchive(below, 'linux/amd64');
  skopeo('copy', '--dest-tls-verify=false', `oci-archive:${archive}`, `docker://${host}/their/app:1`);
  const pulled = await runCli(['pull', `${host}/their/app:1`, join(below, 'pulled.tar'), '--platform', 'linux/amd64']);
  expect(pulled).toMatchObject({ status: 0 });
  skopeo('inspect', `oci-archive:${below}/pulled.tar`);
  const copied = await runCli(['copy', `${host}/their/app:1`, `${host}/our/app:2`]);
  expect(copied).toMatchObject({ status: 0, stdout: expect.stringContaining('mounted') as unknown });
  skopeo('inspect', '--tls-verify=false', `docker://${host}/our/app:2`);
});

test.each<[string, readonly string[], string, number]>([
  ['a tag that is not there', ['pull', '%/me/nothing:1'], 'KP6105', 4],
  ['a platform that is not there', ['pull', '%/me/app:1.2', '--platform', 'linux/s390x'], 'KP61', 2],
  ['a reference with a typo', ['pull', '%/Me/app:1'], 'KP61', 2],
])('%s is told', async (_title, words, code, status) => {
  await runCli(['push', `${host}/me/app:1.2`, await smallArchive(scratch(), ...platforms)]);
  const result = await runCli(
    words.map((word) => word.replace('%', host)),
    { cwd: scratch() },
  );
  expect(result).toMatchObject({ status, stderr: expect.stringContaining(code) as unknown });
});
