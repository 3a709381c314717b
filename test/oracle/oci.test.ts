import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Artifact } from '../../src/emit/artifact.ts';
import { emitOutputs } from '../../src/emit/registry.ts';
import { createContext } from '../../src/io/create-context.ts';
import { syntheticImage } from '../support/synthetic-image.ts';

const folder = mkdtempSync(join(tmpdir(), 'kilopy-oci-'));
const one = join(folder, 'hello-amd64.oci.tar');
const several = join(folder, 'hello.oci.tar');
const layout = join(folder, 'hello-amd64.oci');
const severalLayout = join(folder, 'hello.oci');
let single: Artifact;
let multi: Artifact;

interface Inspected {
  readonly Digest: string;
  readonly Architecture: string;
  readonly Layers: readonly string[];
  readonly Env: readonly string[];
}

beforeAll(async () => {
  const ctx = createContext({ cwd: folder });
  for (const names of [['linux/amd64'], ['linux/arm/v7', 'linux/amd64', 'linux/riscv64']]) {
    const artifacts = await emitOutputs(ctx, syntheticImage(...names), ['oci', 'oci-dir']);
    for (const artifact of artifacts) await artifact.write(ctx, join(folder, artifact.fileName));
    if (names.length === 1) single = artifacts[0]!;
    else multi = artifacts[0]!;
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test.each(['oci-archive', 'docker-archive', 'oci'])('skopeo inspects the image as %s', (transport) => {
  const found = inspect(`${transport}:${transport === 'oci' ? `${layout}:latest` : one}`);
  expect(found).toMatchObject({ Architecture: 'amd64', Os: 'linux', Created: '2023-11-14T22:13:20Z' });
  expect(found.Env).toEqual(['PATH=/usr/bin', 'MICROPYPATH=.frozen:/app']);
  expect(found.Layers).toHaveLength(2);
  // A docker archive holds layers uncompressed by name; skopeo shows their diff IDs there.
  const facts = single.layers.map(({ digest, diffId }) =>
    transport === 'docker-archive' ? [digest, diffId] : [digest],
  );
  for (const [index, layer] of found.Layers.entries()) expect(facts[index]).toContain(layer);
});

test('skopeo copies it from and to every form, and the configuration stays the same', () => {
  const config = single.image!.manifests[0]!.config.digest;
  const copies = [
    [`oci-archive:${one}`, `oci:${join(folder, 'copy-a')}:x`],
    [`docker-archive:${one}`, `oci:${join(folder, 'copy-b')}:x`],
    [`oci:${layout}:latest`, `docker-archive:${join(folder, 'copy.tar')}:hello:copy`],
    [`docker-archive:${join(folder, 'copy.tar')}`, `oci:${join(folder, 'copy-c')}:x`],
    [`oci:${join(folder, 'copy-a')}:x`, `oci-archive:${join(folder, 'copy.oci.tar')}:x`],
  ] as const;
  for (const [from, to] of copies) skopeo('copy', '--quiet', from, to);
  for (const copy of ['copy-a', 'copy-b', 'copy-c']) {
    const raw = JSON.parse(skopeo('inspect', '--raw', `oci:${join(folder, copy)}:x`)) as { config: { digest: string } };
    expect([copy, raw.config.digest]).toEqual([copy, config]);
  }
});

test.each([
  ['amd64', '', 'linux/amd64'],
  ['arm', 'v7', 'linux/arm/v7'],
  ['riscv64', '', 'linux/riscv64'],
])('skopeo finds %s %s among several platforms', (architecture, variant, name) => {
  const override = ['--override-arch', architecture, ...(variant === '' ? [] : ['--override-variant', variant])];
  for (const source of [`oci-archive:${several}`, `oci:${severalLayout}:latest`]) {
    const found = JSON.parse(skopeo(...override, 'inspect', source)) as Inspected;
    expect(found.Architecture).toBe(architecture);
    const at = multi.targets.indexOf(name);
    expect(found.Layers).toEqual(multi.image!.manifests[at]!.layers.map(({ digest }) => digest));
  }
});

test('skopeo copies all platforms and keeps the index', () => {
  skopeo('copy', '--quiet', '--all', `oci-archive:${several}`, `oci:${join(folder, 'all')}:x`);
  const index = JSON.parse(readFileSync(join(folder, 'all/index.json'), 'utf8')) as { manifests: { digest: string }[] };
  expect(index.manifests.map(({ digest }) => digest)).toEqual([multi.image!.index.digest]);
});

test('the digest of a layout is the one that its index.json names', async () => {
  for (const names of [['linux/amd64'], ['linux/amd64', 'linux/arm64']]) {
    const ctx = createContext({ cwd: folder });
    const [artifact] = await emitOutputs(ctx, syntheticImage(...names), ['oci-dir']);
    const path = join(folder, `digest-${String(names.length)}`);
    await artifact!.write(ctx, path);
    const index = JSON.parse(readFileSync(join(path, 'index.json'), 'utf8')) as { manifests: { digest: string }[] };
    expect(index.manifests.map(({ digest }) => digest)).toEqual([artifact!.digest]);
  }
});

test('the docker archive of several targets is the first one', () => {
  const found = inspect(`docker-archive:${several}`);
  expect(found.Architecture).toBe('arm');
});

test('umoci unpacks it to the tree that went in', () => {
  const bundle = join(folder, 'bundle');
  execFileSync('umoci', ['unpack', ...rootless(), '--image', `${layout}:latest`, bundle], { stdio: 'pipe' });
  const root = join(bundle, 'rootfs');
  expect(readdirSync(root).sort()).toEqual(['app', 'dev', 'etc', 'lib', 'tmp', 'usr', 'usr-local']);
  expect(readFileSync(join(root, 'app/main.py'), 'utf8')).toBe('print("hello")\n');
  expect(readFileSync(join(root, 'app/naïve.txt'), 'utf8')).toBe('ä');
  expect(lstatSync(join(root, 'usr/bin/sh')).ino).toBe(lstatSync(join(root, 'usr/bin/busybox')).ino);
  expect((lstatSync(join(root, 'tmp')).mode & 0o7777).toString(8)).toBe('1777');
  expect(lstatSync(join(root, 'app/main.py')).mtimeMs).toBe(1_000_000);
  const config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as { process: { args: string[] } };
  expect(config.process.args).toEqual(['/usr/bin/micropython', '/app/main.py']);
});

test('GNU tar and bsdtar list every layer identically', () => {
  const unpacked = join(folder, 'archive');
  mkdirSync(unpacked);
  execFileSync('tar', ['-xf', one, '-C', unpacked]);
  expect(single.layers).toHaveLength(2);
  for (const { digest } of single.layers) {
    const blob = join(unpacked, 'blobs', digest.replace(':', '/'));
    const gnu = listing('tar', ['--quoting-style=literal', '-tzf', blob]);
    expect(gnu).toEqual(listing('bsdtar', ['-tf', blob]));
    expect(gnu.length).toBeGreaterThan(3);
  }
});

function inspect(source: string): Inspected {
  return JSON.parse(skopeo('--override-arch', 'arm', '--override-variant', 'v7', 'inspect', source)) as Inspected;
}

function skopeo(...args: string[]): string {
  return execFileSync('skopeo', ['--insecure-policy', ...args], { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
}

function rootless(): string[] {
  return process.getuid?.() === 0 ? [] : ['--rootless'];
}

function listing(program: string, args: readonly string[]): string[] {
  const output = execFileSync(program, args, { env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } });
  return output.toString().split('\n').filter(Boolean);
}
