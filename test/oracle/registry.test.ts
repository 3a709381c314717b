import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli, scratch } from '../support/cli.ts';
import { skopeo, startDockerRegistry, type DockerRegistry } from '../support/docker-registry.ts';
import { smallArchive } from '../support/small-archive.ts';

/** Debian's docker-registry on loopback, and skopeo as its other client. */

let registry: DockerRegistry;
let host: string;
const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/mips'];

beforeAll(async () => {
  registry = await startDockerRegistry();
  host = registry.host;
});

afterAll(() => {
  registry.close();
});

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
