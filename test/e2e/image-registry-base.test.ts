import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { runCli, scratch } from '../support/cli.ts';
import { pushDistroless, type PushedBase } from '../support/distroless-image.ts';
import { startProxyServer } from '../support/proxy-server.ts';
import { deadNetwork, startRecordedMirror, type RecordedMirror } from '../support/recorded-mirror.ts';
import { startTestRegistry, type TestRegistry } from '../support/registry-server.ts';

/** An image of a registry as the base, with packages of its own distribution on top. */

let registry: TestRegistry;
let mirror: RecordedMirror;

beforeAll(async () => {
  registry = await startTestRegistry();
  mirror = await startRecordedMirror();
});
afterAll(async () => {
  await registry.close();
  await mirror.close();
});

interface Manifest {
  readonly annotations: Readonly<Record<string, string>>;
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string; readonly mediaType: string }[];
}

function app(base: PushedBase, more = ''): string {
  const folder = join(scratch(), 'app');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'main.py'),
    'import os, sys\nprint("on top of", sys.platform, os.getenv("SSL_CERT_FILE"))\n',
  );
  writeFileSync(
    join(folder, 'kilopy.yaml'),
    `name: top\nbase: {image: ${base.reference}${more}}\npackages: [micropython]\ntargets: [linux/amd64]\n`,
  );
  return folder;
}

function fromRegistry(key: string): unknown {
  const found = registry.manifests.get(key)?.bytes ?? registry.blobs.get(key);
  return JSON.parse(String(found));
}

test('pull, build on top, push: the layers below stay as they are and are not sent; the rest comes from Debian', async () => {
  const base = await pushDistroless(registry, 'base/distroless', '13');
  const folder = app(base);
  const env = { ...mirror.env, NO_PROXY: '127.0.0.1' };
  registry.requests.length = 0;
  const pushed = await runCli(['push', `${registry.host}/me/top:1`, '.', '--json'], { cwd: folder, env });
  expect(pushed).toMatchObject({ status: 0 });
  expect(mirror.refused).toEqual([]);

  const { digest } = JSON.parse(pushed.stdout) as { digest: string };
  const manifest = fromRegistry(`me/top@${digest}`) as Manifest;
  expect(manifest.layers.slice(0, 2).map((layer) => layer.digest)).toEqual(base.layers);
  expect(manifest.layers.map(({ mediaType }) => mediaType)).toEqual(
    Array.from({ length: 4 }, () => 'application/vnd.oci.image.layer.v1.tar+gzip'),
  );
  expect(manifest.annotations).toMatchObject({
    'org.opencontainers.image.base.name': base.reference,
    'org.opencontainers.image.base.digest': expect.stringMatching(/^sha256:/u) as string,
  });
  // Mounted, and sent: two layers and the configuration.
  for (const layer of base.layers)
    expect(registry.count('POST', new RegExp(`mount=${layer.replace(':', '%3A')}`))).toBe(1);
  expect(registry.count('PUT', /\/me\/top\/blobs\/uploads\//u)).toBe(3);
  expect(JSON.parse(pushed.stdout)).toMatchObject({ blobs: { mounted: 2, uploaded: 3, present: 0 } });

  const config = fromRegistry(`me/top@${manifest.config.digest}`) as {
    config: { Env: string[]; Labels: object };
    history: object[];
  };
  expect(config.config.Env).toContain('SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt');
  expect(config.config.Labels).toMatchObject({ base: 'distroless' });
  expect(config.history).toHaveLength(5);

  const lock = JSON.parse(readFileSync(join(folder, 'kilopy.lock'), 'utf8')) as {
    sections: { packages: { name: string }[]; sources: { archive: string; digest: string }[] }[];
  };
  const names = lock.sections[0]?.packages.map(({ name }) => name) ?? [];
  expect(names).toContain('micropython');
  expect(names).not.toContain('libc6');
  expect(lock.sections[0]?.sources.map(({ archive }) => archive)).toContain('image');

  // The tag stands for something else now, and then the registry is gone: the lock and the store are enough.
  registry.manifests.delete('base/distroless:13');
  const run = await runCli(['run', '.', '--offline', '--quiet'], { cwd: folder, env: deadNetwork });
  expect(run).toMatchObject({ status: 0, stdout: 'on top of linux /etc/ssl/certs/ca-certificates.crt\n' });
  writeFileSync(
    join(folder, 'kilopy.yaml'),
    `name: top\nbase: {image: "${base.reference}", flatten: true}\npackages: [micropython]\ntargets: [linux/amd64]\n`,
  );
  const flat = await runCli(['build', '.', '--offline', '--locked', '--json'], { cwd: folder, env: deadNetwork });
  expect(flat).toMatchObject({ status: 0 });
  const { artifacts } = JSON.parse(flat.stdout) as { artifacts: { path: string; layers: { digest: string }[] }[] };
  expect(artifacts[0]?.layers).toHaveLength(2);
  for (const layer of artifacts[0]?.layers ?? []) expect(base.layers).not.toContain(layer.digest);
  // Its variables stay, and its database knows what was added.
  const inspected = await runCli(['inspect', artifacts[0]?.path ?? '', '--json'], { cwd: folder });
  expect(inspected).toMatchObject({ status: 0 });
  expect(inspected.stdout).toContain('SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt');
  const { images } = JSON.parse(inspected.stdout) as { images: { packages: { name: string }[] }[] };
  expect(images[0]?.packages.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['libc6', 'libffi8', 'micropython']),
  );
});

test('a registry on another machine is asked without TLS only where `plainHttp` says so', async () => {
  const proxy = await startProxyServer();
  onTestFinished(() => proxy.close());
  const base = await pushDistroless(registry, 'base/plain', '13');
  const named = base.reference.replace('127.0.0.1', 'registry.example.test');
  const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, KILOPY_ATTEMPTS: '1', KILOPY_CACHE: scratch() };
  const dryRun = async (more: string): Promise<{ error?: { code: string }; sources?: object }> => {
    const folder = app({ ...base, reference: named }, more);
    const yaml = `name: top\nbase: {image: "${named}"${more}}\ntargets: [linux/amd64]\n`;
    writeFileSync(join(folder, 'kilopy.yaml'), yaml);
    const { stdout } = await runCli(['build', '.', '--json'], { cwd: folder, env });
    return JSON.parse(stdout) as { error?: { code: string } };
  };
  expect((await dryRun('')).error?.code).toBe('KP6115');
  // There is no MicroPython in it: the image has been read.
  expect((await dryRun(', plainHttp: true')).error?.code).toBe('KP2014');
  expect(proxy.requests.some(({ line }) => line.startsWith('GET http://registry.example.test'))).toBe(true);
});
