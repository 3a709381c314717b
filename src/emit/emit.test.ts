import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { readTar } from '../codec/tar/read-tar.ts';
import type { Context } from '../io/context.ts';
import { nodeFileSystem } from '../io/file-system.ts';
import { defaultLimits } from '../io/limits.ts';
import type { KilopyEvent } from '../values/events.ts';
import { memoryCache, settings, syntheticImage } from '../../test/support/synthetic-image.ts';
import { buildOciImage } from './oci-image.ts';
import { familiarReference, outputFileName, qualifiedReference } from './oci-names.ts';
import { emitOutputs, outputs } from './registry.ts';

const top = mkdtempSync(join(tmpdir(), 'kilopy-emit-'));
let folder: string;
let events: KilopyEvent[];
let ctx: Context;

beforeEach(() => {
  folder = mkdtempSync(join(top, 'case-'));
  events = [];
  ctx = {
    fs: nodeFileSystem,
    emit: (event: KilopyEvent) => events.push(event),
    limits: defaultLimits,
    signal: new AbortController().signal,
    env: {},
    cwd: folder,
    // As on a machine without `mv`.
    tools: { find: () => Promise.resolve(undefined) },
  } as unknown as Context;
});

afterAll(() => {
  rmSync(top, { recursive: true });
});

test('config, manifest and index say what was asked for, in the order of the specification', async () => {
  const image = await buildOciImage(ctx, syntheticImage('linux/amd64', 'linux/arm/v7'));
  const document = (digest: string): string => Buffer.from(image.documents.get(digest as never)!).toString();
  const arm = image.manifests[1]!;
  const [runtime, app] = arm.layers;
  expect(document(arm.config.digest)).toBe(
    JSON.stringify({
      created: '2023-11-14T22:13:20Z',
      architecture: 'arm',
      os: 'linux',
      variant: 'v7',
      config: {
        User: '65532:65532',
        ExposedPorts: { '53/udp': {}, '8080/tcp': {} },
        Env: ['PATH=/usr/bin', 'MICROPYPATH=.frozen:/app'],
        Entrypoint: ['/usr/bin/micropython', '/app/main.py'],
        WorkingDir: '/app',
        Labels: { 'a.label': '1', 'b.label': '2' },
        StopSignal: 'SIGINT',
      },
      rootfs: { type: 'layers', diff_ids: [runtime!.diffId, app!.diffId] },
      history: [
        { created: '2023-11-14T22:13:20Z', created_by: 'kilopy', comment: 'runtime layer' },
        { created: '2023-11-14T22:13:20Z', created_by: 'kilopy', comment: 'app layer' },
      ],
    }),
  );
  const index = JSON.parse(document(image.index.digest)) as { manifests: { platform: unknown; digest: string }[] };
  expect(index.manifests.map(({ platform }) => platform)).toEqual([
    { architecture: 'amd64', os: 'linux' },
    { architecture: 'arm', os: 'linux', variant: 'v7' },
  ]);
  expect(index.manifests.map(({ digest }) => digest)).toEqual(
    image.manifests.map(({ descriptor }) => descriptor.digest),
  );
  expect(image.reference).toBe('docker.io/library/hello:latest');
});

test('a layer is compressed once, and again when the store lost it', async () => {
  const input = syntheticImage('linux/amd64');
  const first = await buildOciImage(ctx, input);
  expect(compressions()).toBe(2);
  expect(await buildOciImage(ctx, input)).toEqual(first);
  expect(compressions()).toBe(2);
  const contents = (input.blobs as unknown as { contents: Map<string, Uint8Array> }).contents;
  contents.delete(first.manifests[0]!.layers[0]!.digest);
  expect(await buildOciImage(ctx, input)).toEqual(first);
  expect(compressions()).toBe(3);
});

function compressions(): number {
  return events.filter(({ type }) => type === 'step.started').length;
}

test('a change of main.py changes the application layer only', async () => {
  const input = syntheticImage('linux/amd64');
  const before = await buildOciImage(ctx, input);
  const [target] = input.targets;
  const main = target!.tree.get('app/main.py')!;
  const tree = new Map(target!.tree).set('app/main.py', { ...main, mode: 0o600 });
  const after = await buildOciImage(ctx, { ...input, targets: [{ ...target!, tree }] });
  const [runtime, app] = after.manifests[0]!.layers;
  expect(runtime).toEqual(before.manifests[0]!.layers[0]);
  expect(app?.digest).not.toBe(before.manifests[0]!.layers[1]!.digest);
});

test('every output is described before it is written, and is what was said', async () => {
  for (const names of [['linux/arm/v7'], ['linux/amd64', 'linux/riscv64']]) {
    const formats = ['oci', 'tar', 'tar.gz'] as const;
    const artifacts = await emitOutputs(ctx, syntheticImage(...names), formats);
    for (const artifact of artifacts) {
      const path = join(folder, artifact.fileName);
      await artifact.write(ctx, path);
      const bytes = readFileSync(path);
      const { createHash } = await import('node:crypto');
      expect(bytes.length).toBe(artifact.sizeBytes);
      expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(artifact.digest);
    }
  }
  expect(readdirSync(folder).sort()).toEqual([
    'hello-amd64.tar',
    'hello-amd64.tar.gz',
    'hello-armv7.oci.tar',
    'hello-armv7.tar',
    'hello-armv7.tar.gz',
    'hello-riscv64.tar',
    'hello-riscv64.tar.gz',
    'hello.oci.tar',
  ]);
  const tar = readFileSync(join(folder, 'hello-armv7.tar'));
  expect(gunzipSync(readFileSync(join(folder, 'hello-armv7.tar.gz'))).equals(tar)).toBe(true);
});

test('the same input gives the same bytes, whatever the order of the tree and the state of the cache', async () => {
  // `bin` takes a runtime that is made for it (bin.test.ts), `squashfs` and `cpio.xz` programs (e2e/openwrt-base.test.ts).
  const needPrograms = new Set(['bin', 'squashfs', 'squashfs.gz', 'cpio.xz']);
  const formats = (Object.keys(outputs) as (keyof typeof outputs)[]).filter((format) => !needPrograms.has(format));
  const once = await emitOutputs(ctx, syntheticImage('linux/amd64', 'linux/arm64'), formats);
  const input = syntheticImage('linux/amd64', 'linux/arm64');
  const turned = input.targets.map((one) => ({ ...one, tree: new Map([...one.tree].toReversed()) }));
  const again = await emitOutputs(ctx, { ...input, targets: turned, cache: memoryCache() }, formats.toReversed());
  const digests = (artifacts: typeof once): string[] =>
    artifacts.map(({ fileName, digest }) => `${fileName} ${digest}`).sort();
  expect(digests(again)).toEqual(digests(once));
  expect(new Set(once.map(({ format }) => format)).size).toBe(formats.length);
});

test('names in a tar are as layers have them, and hard links point to the first path', async () => {
  const [artifact] = await emitOutputs(ctx, syntheticImage('linux/amd64'), ['tar']);
  await artifact!.write(ctx, join(folder, 'x.tar'));
  const entries = [...readTar(readFileSync(join(folder, 'x.tar')))].map(({ header }) => header);
  expect(entries.map(({ path }) => path)).toEqual([
    'app/',
    `app/${'long'.repeat(40)}.py`,
    'app/main.py',
    'app/naïve.txt',
    'dev/',
    'dev/null',
    'etc/',
    'etc/motd',
    'etc/passwd',
    'lib',
    'tmp/',
    'usr/',
    'usr/bin/',
    'usr/bin/busybox',
    'usr/bin/sh',
    'usr/lib/',
    'usr/lib/capable',
    'usr-local/',
  ]);
  expect(entries.find(({ path }) => path === 'usr/bin/sh')).toMatchObject({
    type: 'hardlink',
    linkTarget: 'usr/bin/busybox',
  });
});

test('a folder holds names, contents, modes and links, and a note says what it cannot hold', async () => {
  const [artifact] = await emitOutputs(ctx, syntheticImage('linux/amd64'), ['dir']);
  const path = join(folder, artifact!.fileName);
  await artifact!.write(ctx, path);
  expect(readFileSync(join(path, 'lib/capable')).length).toBe(5000);
  expect(lstatSync(join(path, 'usr/bin/sh')).ino).toBe(lstatSync(join(path, 'usr/bin/busybox')).ino);
  expect((lstatSync(join(path, 'etc/passwd')).mode & 0o7777).toString(8)).toBe('600');
  expect((lstatSync(join(path, 'usr/bin/busybox')).mode & 0o7777).toString(8)).toBe('755');
  expect((lstatSync(join(path, 'tmp')).mode & 0o7777).toString(8)).toBe('1777');
  expect(readdirSync(join(path, 'dev'))).toEqual([]);
  expect(events.filter(({ type }) => type === 'note')).toEqual([
    {
      type: 'note',
      text: expect.stringMatching(/owners, setuid and setgid bits, 1 device nodes, extended attributes, times/),
    },
  ]);
});

test.each(['dir', 'oci-dir'] as const)('%s replaces its own folder and no other', async (format) => {
  const [artifact] = await emitOutputs(ctx, syntheticImage('linux/amd64'), [format]);
  const path = join(folder, 'out');
  mkdirSync(path);
  await artifact!.write(ctx, path);
  await artifact!.write(ctx, path);
  const names = readdirSync(path);
  expect(names.length).toBeGreaterThan(2);

  renameSync(path, join(folder, 'moved'));
  mkdirSync(path);
  writeFileSync(join(path, 'precious'), '');
  await expect(artifact!.write(ctx, path)).rejects.toMatchObject({ code: 'KP8001' });
  expect(readdirSync(path)).toEqual(['precious']);
  writeFileSync(join(folder, 'file'), '');
  await expect(artifact!.write(ctx, join(folder, 'file'))).rejects.toMatchObject({ code: 'KP8001' });
  expect(readdirSync(folder).filter((name) => name.startsWith('.kilopy-'))).toEqual([]);
});

test('a failure leaves the old folder in place', async () => {
  const input = syntheticImage('linux/amd64');
  const [artifact] = await emitOutputs(ctx, input, ['dir']);
  const path = join(folder, 'out');
  await artifact!.write(ctx, path);
  const before = lstatSync(path).ino;
  (input.blobs as unknown as { contents: Map<string, Uint8Array> }).contents.clear();
  await expect(artifact!.write(ctx, path)).rejects.toThrow(/no blob/);
  expect(lstatSync(path).ino).toBe(before);
  expect(readdirSync(folder).sort()).toEqual(['.out.kilopy', 'out']);
});

test.each([
  ['hello', 'docker.io/library/hello:1'],
  ['team/hello', 'docker.io/team/hello:1'],
  ['ghcr.io/team/hello', 'ghcr.io/team/hello:1'],
  ['localhost/hello', 'localhost/hello:1'],
  ['host:5000/hello', 'host:5000/hello:1'],
])('%s is %s in full', (name, full) => {
  expect(qualifiedReference({ name, tag: '1' })).toBe(full);
  expect(familiarReference({ name, tag: '1' })).toBe(`${name}:1`);
  expect(outputFileName(name, undefined, 'tar')).toBe('hello.tar');
});

test('settings that are absent leave no trace', async () => {
  const input = syntheticImage('linux/arm64');
  const bare = {
    ...settings,
    user: undefined,
    workdir: undefined,
    exposedPorts: [],
    stopSignal: undefined,
    labels: {},
    annotations: {},
  };
  const image = await buildOciImage(ctx, { ...input, settings: bare });
  const config = JSON.parse(Buffer.from(image.documents.get(image.manifests[0]!.config.digest)!).toString()) as object;
  expect(config).toMatchObject({ architecture: 'arm64' });
  expect(config).not.toHaveProperty('variant');
  expect(Object.keys((config as { config: object }).config)).toEqual(['Env', 'Entrypoint']);
});
