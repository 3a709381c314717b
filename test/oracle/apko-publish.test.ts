import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeApkFeed, type ApkFeed } from '../support/apk-feed.ts';
import { runCli, scratch, type CliResult } from '../support/cli.ts';
import { skopeo, startDockerRegistry, type DockerRegistry } from '../support/docker-registry.ts';
import { startPodman } from '../support/engines.ts';

/** `kilopy apko publish` against Debian's docker-registry, read back by skopeo; `--local` judged by podman. */

let registry: DockerRegistry;
let feed: ApkFeed;
/** Before the arguments, as apko's users write them. */
const flags = ['-k', 'feed/me.rsa.pub', '-r', 'feed/v2', '--annotations', 'a:b'];
const env = { SOURCE_DATE_EPOCH: '1700000000' };

beforeAll(async () => {
  [registry, feed] = await Promise.all([startDockerRegistry(), makeApkFeed(['v2'], ['aarch64'])]);
  const yaml = 'contents: {packages: [libx]}\nentrypoint: {command: /bin/true}\narchs: [x86_64, aarch64]\n';
  writeFileSync(join(feed.folder, 'apko.yaml'), yaml);
});

afterAll(() => {
  registry.close();
  rmSync(feed.folder, { recursive: true, force: true });
});

async function publish(words: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  const place = { KILOPY_CACHE: join(feed.folder, 'store'), ...env, ...more };
  return await runCli(['apko', 'publish', ...flags, ...words], { cwd: feed.folder, env: place });
}

test('an index under several tags and repositories; the digest alone is printed, and skopeo reads both images', async () => {
  const [first, second] = [`${registry.host}/me/hello`, `${registry.host}/me/other/hello`];
  const files = ['--image-refs', 'refs.txt', '--sbom-path', 'documents'];
  const tags = [`${first}:1`, `${first}:1.2`, second];
  const result = await publish([...files, 'apko.yaml', ...tags]);
  expect(result).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\S+@sha256:[0-9a-f]{64}\n$/u) as unknown });
  const [repository, digest] = result.stdout.trim().split('@');
  expect(repository).toBe(first);
  for (const place of [`${first}:1`, `${first}:1.2`, `${second}:latest`]) {
    const raw = skopeo('inspect', '--raw', '--tls-verify=false', `docker://${place}`);
    const index = JSON.parse(raw) as { manifests: { digest: string }[]; annotations: Record<string, string> };
    expect(index.annotations['a']).toBe('b');
    const images = index.manifests.map((one) => one.digest);
    expect(readFileSync(join(feed.folder, 'refs.txt'), 'utf8').split('\n')).toEqual([
      ...[first, second].flatMap((name) => [...images, digest ?? ''].map((one) => `${name}@${one}`)),
      '',
    ]);
  }
  const layout = join(scratch(), 'layout');
  skopeo('copy', '--all', '--src-tls-verify=false', `docker://${first}@${digest ?? ''}`, `oci:${layout}:hello`);
  for (const arch of ['amd64', 'arm64']) {
    const config = skopeo('inspect', '--override-arch', arch, '--config', `oci:${layout}:hello`);
    expect(JSON.parse(config)).toMatchObject({ architecture: arch, config: { Entrypoint: ['/bin/true'] } });
  }
  const document = readFileSync(join(feed.folder, 'documents/sbom-index.spdx.json'), 'utf8');
  expect(document).toContain((digest ?? '').replace('sha256:', 'sha256-'));
  // The same again: nothing is sent.
  const again = await publish(['--json', 'apko.yaml', `${first}:1`]);
  expect(JSON.parse(again.stdout)).toMatchObject({ digest, pushed: [{ upToDate: true, sentBytes: 0 }] });
});

test('what is published is what apko build writes', async () => {
  const reference = `${registry.host}/me/same:1`;
  const place = { cwd: feed.folder, env: { KILOPY_CACHE: join(feed.folder, 'store'), ...env } };
  const layout = ['apko', 'build', ...flags, 'apko.yaml', 'same:1', '.', '--no-sbom', '--json'];
  const built = JSON.parse((await runCli(layout, place)).stdout) as { digest: string };
  const { stdout } = await publish(['--no-sbom', 'apko.yaml', reference]);
  expect(stdout).toBe(`${registry.host}/me/same@${built.digest}\n`);
});

test.each<readonly [string, readonly string[], RegExp, number]>([
  ['a path instead of a tag', ['apko.yaml', 'hello.tar'], /KP6101.*is a path/u, 2],
  ['a digest instead of a tag', ['apko.yaml', `x/y@sha256:${'0'.repeat(64)}`], /KP6101.*names a digest/u, 2],
  ['capital letters', ['apko.yaml', '127.0.0.1:9/Me/hello:1'], /KP6101[^]*127\.0\.0\.1:9\/me\/hello:1/u, 2],
  ['no tag', ['apko.yaml'], /KP1001.*missing required argument 'tag'/u, 2],
  ['nobody at the address', ['apko.yaml', '127.0.0.1:9/me/hello:1'], /KP6010.*127\.0\.0\.1:9/u, 4],
])('%s is told', async (_title, words, says, status) => {
  const result = await publish(words, { KILOPY_ATTEMPTS: '1' });
  expect([result.stderr, result.status]).toEqual([expect.stringMatching(says), status]);
});

test('with --local podman has the image of this machine under its names', async () => {
  const podman = await startPodman();
  try {
    // Docker's client may be here without a server; podman is what answers.
    const { stdout, stderr, status } = await publish(
      ['--local', 'apko.yaml', 'me/local:1', 'me/local:2', '--arch', 'host'],
      {
        ...podman.env,
        DOCKER_HOST: 'unix:///nowhere',
      },
    );
    expect([stderr, status]).toEqual([expect.not.stringContaining('error'), 0]);
    expect(stdout).toMatch(/^docker\.io\/me\/local@sha256:/u);
    for (const tag of ['1', '2']) {
      const found = await podman.must(
        'image',
        'inspect',
        '--format',
        '{{.Config.Entrypoint}}',
        `docker.io/me/local:${tag}`,
      );
      expect(found.trim()).toBe('[/bin/true]');
    }
  } finally {
    expect(await podman.stop()).toEqual([]);
  }
});

test('without an engine --local says why of each', async () => {
  const empty = scratch();
  const { stderr, status } = await publish(['--local', 'apko.yaml', 'me/local:1'], { PATH: empty });
  expect([stderr, status]).toEqual([expect.stringMatching(/KP9001[^]*docker is not installed; podman is not/u), 6]);
});
