import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unfilled } from '../support/filled-store.ts';
import { openWorkshop, realTargets, type BuiltArtifact } from '../support/real-image.ts';

/** The image of examples/hello as the CLI builds it, judged by skopeo, umoci, runc, GNU tar and bsdtar. */
const workshop = openWorkshop();
const at = (name: string): string => join(workshop.folder, name);
let single: BuiltArtifact;
let layout: BuiltArtifact;
let several: BuiltArtifact;

const platforms = [
  ['amd64', '', 'linux/amd64'],
  ['arm64', '', 'linux/arm64'],
  ['arm', 'v7', 'linux/arm/v7'],
  ['riscv64', '', 'linux/riscv64'],
] as const;

beforeAll(async () => {
  const app = workshop.app('hello');
  [single, layout] = (await workshop.build(app, '--target', 'linux/amd64', '--output', 'oci,oci-dir')) as [
    BuiltArtifact,
    BuiltArtifact,
  ];
  [several] = (await workshop.build(app, '--target', realTargets.join(','))) as [BuiltArtifact];
});

afterAll(() => workshop.close());

interface Inspected {
  readonly Architecture: string;
  readonly Os: string;
  readonly Layers: readonly string[];
  readonly Env: readonly string[];
}

test.each(['oci-archive', 'docker-archive'])('skopeo inspects it as %s', (transport) => {
  const found = inspect(`${transport}:${single.path}`);
  expect(found).toMatchObject({ Architecture: 'amd64', Os: 'linux' });
  expect(found.Env).toContainEqual(expect.stringMatching(/^MICROPYPATH=\.frozen:/));
  const names = single.layers.flatMap(({ digest, diffId }) => [digest, diffId]);
  expect(found.Layers).toHaveLength(2);
  for (const layer of found.Layers) expect(names).toContain(layer);
});

test('skopeo copies it through every form, and configuration and layers stay the same', () => {
  const config = configOf(`oci-archive:${single.path}`);
  const copies = [
    [`oci-archive:${single.path}`, `dir:${at('dir')}`],
    [`dir:${at('dir')}`, `oci:${at('from-dir')}:x`],
    [`docker-archive:${single.path}`, `oci:${at('from-docker')}:x`],
    [`oci:${at('from-dir')}:x`, `docker-archive:${at('again.tar')}:hello:again`],
    [`docker-archive:${at('again.tar')}`, `oci-archive:${at('again.oci.tar')}:x`],
    [`oci:${layout.path}:latest`, `oci-archive:${at('from-layout.oci.tar')}:x`],
  ] as const;
  for (const [from, to] of copies) skopeo('copy', '--quiet', from, to);
  for (const [, copy] of copies.filter(([, to]) => !to.startsWith('docker-archive:'))) {
    expect([copy, configOf(copy)]).toEqual([copy, config]);
  }
  // What stayed in the OCI's own forms kept even its compressed bytes.
  const layers = inspect(`oci-archive:${single.path}`).Layers;
  for (const copy of [copies[0][1], copies[1][1], copies[5][1]]) expect(inspect(copy).Layers).toEqual(layers);
});

test.for(platforms)('skopeo finds %s %s among the platforms', ([architecture, variant, name], { skip }) => {
  skip(unfilled(name) !== undefined, unfilled(name));
  const override = ['--override-arch', architecture, ...(variant === '' ? [] : ['--override-variant', variant])];
  const found = JSON.parse(skopeo(...override, 'inspect', `oci-archive:${several.path}`)) as Inspected;
  expect(found.Architecture).toBe(architecture);
  const own = several.layers.filter(({ target }) => target === name).map(({ digest }) => digest);
  expect(found.Layers).toEqual(own);
});

test('the docker archive of four platforms is the first of them', () => {
  expect(inspect(`docker-archive:${several.path}`)).toMatchObject({ Architecture: 'amd64' });
});

test.each(['layout', 'archive'])('umoci unpacks the %s, and runc runs the bundle', (form) => {
  const source = form === 'layout' ? layout.path : at('unpacked');
  if (form === 'archive') {
    mkdirSync(source);
    execFileSync('tar', ['-xf', single.path, '-C', source]);
  }
  const bundle = at(`bundle-${form}`);
  execFileSync('umoci', ['unpack', '--image', `${source}:latest`, bundle], { stdio: 'pipe' });
  const root = join(bundle, 'rootfs');
  expect(readdirSync(root)).toEqual(expect.arrayContaining(['app', 'etc', 'lib', 'lib64', 'usr']));
  expect(lstatSync(join(root, 'lib')).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(root, 'app/main.py'), 'utf8')).toContain('Hello from MicroPython');

  const file = join(bundle, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as { process: { terminal: boolean; user: object } };
  expect(config.process.user).toMatchObject({ uid: 65_532, gid: 65_532 });
  writeFileSync(file, JSON.stringify({ ...config, process: { ...config.process, terminal: false } }));
  const state = ['--root', at(`runc-${form}`)];
  const output = execFileSync('runc', [...state, 'run', '--bundle', bundle, `kilopy-test-${String(process.pid)}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 200_000,
  });
  expect(output.toString()).toMatch(/^Hello from MicroPython 1\.\S+ on x86_64\n$/);
});

test('GNU tar and bsdtar list the layers of every target identically', () => {
  const unpacked = at('blobs-of-all');
  mkdirSync(unpacked);
  execFileSync('tar', ['-xf', several.path, '-C', unpacked]);
  expect(several.layers).toHaveLength(2 * realTargets.length);
  for (const { digest, rawBytes } of several.layers) {
    const blob = join(unpacked, 'blobs', digest.replace(':', '/'));
    const gnu = listing('tar', ['--numeric-owner', '--full-time', '--utc', '-tvzf', blob]).map(fromGnu);
    const bsd = listing('bsdtar', [
      '--numeric-owner',
      '-cf',
      '-',
      '--format=mtree',
      '--options=!all,mode,uid,gid,size,time,type,link',
      `@${blob}`,
    ]).flatMap(fromMtree);
    // mtree has an order of its own.
    expect(gnu.toSorted(byPath)).toEqual(bsd.toSorted(byPath));
    expect(listing('bsdtar', ['-tf', blob]).map(bare)).toEqual(gnu.map(({ path }) => path));
    expect(gnu.length).toBeGreaterThan(1);
    const plain = execFileSync('gzip', ['-dc', blob], { maxBuffer: 2 ** 28 });
    expect(plain.length).toBe(rawBytes);
  }
});

interface Line {
  readonly type: string;
  readonly path: string;
  readonly mode: string;
  readonly owner: string;
  readonly size: number;
  readonly time: number;
  readonly link: string;
}

/** `-rwxr-xr-x 0/0  756032 2025-05-01 10:11:12 usr/bin/micropython -> target` */
function fromGnu(line: string): Line {
  const match = /^(\S)(\S{9}) (\d+)\/(\d+)\s+(\d+) (\S+ \S+) (.+?)(?: -> (.+))?$/u.exec(line);
  if (match === null) throw new Error(`GNU tar says: ${line}`);
  const [, type = '', bits = '', uid = '', gid = '', size = '', time = '', path = '', link = ''] = match;
  return {
    type: { d: 'dir', '-': 'file', l: 'link' }[type] ?? type,
    path: bare(path),
    mode: octal(bits),
    owner: `${uid}/${gid}`,
    size: Number(size),
    time: Date.parse(`${time.replace(' ', 'T')}Z`) / 1000,
    link,
  };
}

/** `./usr/bin/micropython time=1746094272.0 mode=755 gid=0 uid=0 type=file size=756032` */
function fromMtree(line: string): Line[] {
  if (line.startsWith('#')) return [];
  const [path = '', ...words] = line.split(' ');
  const field = new Map(words.map((word) => word.split('=') as [string, string]));
  return [
    {
      type: field.get('type') ?? '',
      path: bare(path),
      mode: (field.get('mode') ?? '').padStart(4, '0'),
      owner: `${field.get('uid') ?? ''}/${field.get('gid') ?? ''}`,
      size: Number(field.get('size') ?? 0),
      time: Number(field.get('time')),
      link: field.get('link') ?? '',
    },
  ];
}

function bare(path: string): string {
  return path.replace(/^\.\/(?=.)|\/$/gu, '');
}

function byPath(a: Line, b: Line): number {
  return a.path < b.path ? -1 : 1;
}

/** `rwsr-xr-t` to `4755`-like digits, special bits first. */
function octal(bits: string): string {
  const digit = (start: number): number =>
    (bits[start] === 'r' ? 4 : 0) + (bits[start + 1] === 'w' ? 2 : 0) + (/[xst]/u.test(bits[start + 2] ?? '') ? 1 : 0);
  const special = [2, 5, 8].reduce((sum, place, i) => sum + (/[sStT]/u.test(bits[place] ?? '') ? 4 >> i : 0), 0);
  return `${String(special)}${String(digit(0))}${String(digit(3))}${String(digit(6))}`;
}

function listing(program: string, args: readonly string[]): string[] {
  const output = execFileSync(program, args, {
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
    maxBuffer: 2 ** 26,
  });
  return output.toString().split('\n').filter(Boolean);
}

function inspect(source: string): Inspected {
  return JSON.parse(skopeo('--override-arch', 'amd64', 'inspect', source)) as Inspected;
}

function configOf(source: string): string {
  return (JSON.parse(skopeo('--override-arch', 'amd64', 'inspect', '--raw', source)) as { config: { digest: string } })
    .config.digest;
}

function skopeo(...args: string[]): string {
  return execFileSync('skopeo', ['--insecure-policy', ...args], { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
}
