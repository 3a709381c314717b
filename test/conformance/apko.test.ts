import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContext } from '../../src/io/create-context.ts';
import type { Context } from '../../src/io/context.ts';
import { apkoBuild, type ApkoBuild } from '../../src/pipeline/apko/build.ts';
import { apkoRootfs } from '../../src/pipeline/apko/build-rootfs.ts';
import { formatApkoLock } from '../../src/pipeline/apko/lock-file.ts';
import { apkoLock } from '../../src/pipeline/apko/lock.ts';
import type { ApkoRequest } from '../../src/pipeline/apko/request.ts';
import { apkoPackages, formatPackages } from '../../src/pipeline/apko/show-packages.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const source = join(realdata, 'alpine/apko');
const present = existsSync(realdata);

let folder = '';
let ctx: Context;
let plain: ApkoRequest;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kilopy-apko-'));
  if (!present) return;
  // The yaml files of apko's tests name this folder so.
  symlinkSync(source, join(folder, 'testdata'));
  const made = createContext({ emit: () => undefined, signal: new AbortController().signal });
  ctx = { ...made, cwd: folder, env: { SOURCE_DATE_EPOCH: '0', KILOPY_CACHE: join(folder, 'store') } };
  plain = {
    file: 'testdata/apko.yaml',
    workdir: folder,
    includePaths: [],
    archs: [],
    keyringAppend: [],
    repositoryAppend: [],
    buildRepositoryAppend: [],
    packageAppend: [],
    annotations: {},
    ignoreSignatures: false,
    offline: true,
    lockfile: undefined,
    sbomPath: undefined,
    buildDate: undefined,
  };
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const annotations = { 'org.opencontainers.image.vendor': 'Vendor', 'org.opencontainers.image.title': 'Title' };

describe.skipIf(!present)('apko rebuilt from its own test data', () => {
  test.each([undefined, 'testdata/apko.lock.json'])(
    'golden: the layer digests of apko (lock file %s)',
    async (lockfile) => {
      const built = await apkoBuild(ctx, { ...plain, annotations, lockfile }, 'hello:1', 'golden.tar');
      expect(diffIds(built)).toEqual({ amd64: golden('golden', 'amd64'), arm64: golden('golden', 'arm64') });
      expect(diffIds(built)['amd64']).toEqual([
        'sha256:20f698463c2755b6dc42b7d07e959ed7455a06e7367d507e829a315898f21a01',
      ]);
      // Configuration and annotations too: what differs from apko's are sizes and digests of compressed layers.
      for (const { config } of built.images) expect(blobs('golden')).toContain(config.digest);
    },
  );

  test.each(['x86_64', 'aarch64', 'index'])('SPDX: the document of apko for %s', async (name) => {
    const request = { ...plain, annotations, sbomPath: 'sboms' };
    const built = await apkoBuild(ctx, request, 'golden:latest', 'golden.tar');
    expect(built.sboms.map((path) => basename(path))).toContain(`sbom-${name}.spdx.json`);
    const ours = readFileSync(join(folder, 'sboms', `sbom-${name}.spdx.json`), 'utf8');
    const theirs = readFileSync(join(source, 'golden/sboms', `sbom-${name}.spdx.json`), 'utf8');
    expect(facts(ours)).toBe(
      facts(theirs)
        .replace(/"Tool: apko \(devel\)",\s+"Organization: Chainguard, Inc"/u, '"Tool: TOOL"')
        .replaceAll('"Organization: Chainguard, Inc."', '"Organization: Replaces"')
        .replace('at image build time by apko', 'at image build time by kilopy apko'),
    );
    const digests = built.images.flatMap(({ manifest, layers }) => [manifest.digest, ...layers.map((l) => l.digest)]);
    const known = new Set([built.index.digest, ...digests].map((digest) => digest.slice('sha256:'.length)));
    for (const [digest] of ours.matchAll(/[0-9a-f]{64}/gu)) expect(known).toContain(digest);
  });

  test('top_image: the layer on a base image, and the layers of the base unchanged', async () => {
    const lockfile = 'testdata/image_on_top.apko.lock.json';
    const request = { ...plain, file: 'testdata/image_on_top.apko.yaml', lockfile };
    mkdirSync(join(folder, 'layout'));
    const built = await apkoBuild(ctx, request, 'hello:1', 'layout');
    expect(diffIds(built)).toEqual({ amd64: golden('top_image', 'amd64'), arm64: golden('top_image', 'arm64') });
    for (const { config } of built.images) expect(blobs('top_image')).toContain(config.digest);
    const written = readdirSync(join(folder, 'layout/blobs/sha256'));
    for (const name of written) expect(sha256(readFileSync(join(folder, 'layout/blobs/sha256', name)))).toBe(name);
    expect(readFileSync(join(folder, 'layout/index.json'))).toEqual(Buffer.from(built.index.bytes));
  });

  test.each([
    ['apko.yaml', 'apko.lock.json'],
    ['image_on_top.apko.yaml', 'image_on_top.apko.lock.json'],
  ])('lock: %s gives the lock file of apko', async (file, expected) => {
    const lock = await apkoLock(ctx, { ...plain, file: `testdata/${file}` });
    const theirs = JSON.parse(readFileSync(join(source, expected), 'utf8')) as { config: object };
    expect(JSON.parse(formatApkoLock(lock))).toEqual({
      ...theirs,
      config: { ...theirs.config, name: `testdata/${file}` },
    });
  });

  test('a lock file for another configuration is refused', async () => {
    const request = { ...plain, file: 'testdata/layering.yaml', lockfile: 'testdata/apko.lock.json' };
    await expect(apkoBuild(ctx, request, 'x', 'x.tar')).rejects.toMatchObject({ code: 'KP2108' });
  });

  test('layering: one layer for each package and one for the rest, each with its part of the database', async () => {
    const built = await apkoBuild(ctx, { ...plain, file: layeringFile() }, 'hello:1', 'layers.tar');
    const [image] = built.images;
    expect(image?.layers).toHaveLength(2);
    const parts = image?.layers.map(({ digest }) => list('layers.tar', `${digest.slice(7)}.tar.gz`)) ?? [];
    // The layer of apko 1.2 for this configuration: in front of a file all folders that the walk came upon last.
    expect(parts[0]?.slice(0, 4)).toEqual(['etc', 'etc/apk', 'etc/apk/keys', 'etc/os-release']);
    expect(image?.layers[0]?.diffId).toBe('sha256:8de0474496cbbec97527f204d72e08a4bffaae679ab3a931015f9354b209ce67');
    expect(parts[0]).toContain('usr/lib/apk/db/installed');
    expect(parts[0]).not.toContain('etc/apk/world');
    expect(parts[1]).toContain('etc/apk/world');
    expect(parts[1]).not.toContain('etc/os-release');
  });

  test('certificates of providers reach nothing without a bundle, and show-packages says the order', async () => {
    const shown = await apkoPackages(ctx, { ...plain, archs: ['amd64'] });
    expect(formatPackages(shown, 'packagelock-source')).toBe(
      '- pretend-baselayout=1.0.0-r0 # ./testdata/packages/x86_64/pretend-baselayout-1.0.0-r0.apk\n' +
        '- replayout=1.0.0-r0 # ./testdata/packages/x86_64/replayout-1.0.0-r0.apk\n',
    );
    const built = await apkoBuild(ctx, { ...plain, file: 'testdata/apko-certs.yaml' }, 'hello:1', 'certs.tar');
    expect(list('certs.tar', `${built.images[0]?.layers[0]?.digest.slice(7) ?? ''}.tar.gz`)).toContain(
      'usr/local/share/ca-certificates',
    );
  });

  test('build-minirootfs is gzip when its name says so, and cpio keeps owners', async () => {
    const file = accountsFile();
    const { output } = await apkoRootfs(ctx, { ...plain, file, archs: ['amd64'] }, 'tar', 'root.tar.gz');
    expect(readFileSync(output).subarray(0, 2)).toEqual(Buffer.of(0x1f, 0x8b));
    const text = execFileSync('tar', ['tvzf', output], { encoding: 'utf8' });
    expect(text).toMatch(/drwx------ me\/staff .* home\/me$/m);
    expect(text).toMatch(/-rw-r----- me\/staff .* srv\/note$/m);
    expect(text).toMatch(/srv\/other link to srv\/note$/m);
    // As apko has it: the home that was not named stands in what the image says of its configuration.
    expect(execFileSync('tar', ['xOzf', output, 'etc/apko.json'], { encoding: 'utf8' })).toContain(
      '"users":[{"username":"me","uid":1000,"gid":50,"homedir":"/home/me"}]',
    );
    const cpio = await apkoRootfs(ctx, { ...plain, file, archs: ['amd64'] }, 'cpio', 'root.cpio');
    const listing = execFileSync('cpio', ['-itv', '--numeric-uid-gid', '--quiet'], {
      input: readFileSync(cpio.output),
      encoding: 'utf8',
    });
    expect(listing).toMatch(/^drwx------ .* 1000 +50 .* home\/me$/m);
    expect(listing).toMatch(/^-rw-r----- +2 1000 +50 .* srv\/note$/m);
    expect(listing).toMatch(/^crw--w---- .* 5, +1 .* dev\/console$/m);
  });

  test('files with their text, and paths that are left out: keys of kilopy alone', async () => {
    const warnings: string[] = [];
    const watched: Context = {
      ...ctx,
      emit: (event) => void (event.type === 'warning' && warnings.push(event.text)),
    };
    const file = ownKeysFile();
    const { output } = await apkoRootfs(watched, { ...plain, file, archs: ['amd64'] }, 'tar', 'own.tar');
    expect(execFileSync('tar', ['xOf', output, 'etc/app.conf'], { encoding: 'utf8' })).toBe('level: 1\n');
    expect(execFileSync('tar', ['tvf', output, 'etc/app.conf'], { encoding: 'utf8' })).toMatch(
      /^-rw-r----- me\/staff /u,
    );
    // The text takes the place of a package's file.
    expect(execFileSync('tar', ['xOf', output, 'etc/os-release'], { encoding: 'utf8' })).toBe('ID=own\n');
    const names = execFileSync('tar', ['tf', output], { encoding: 'utf8' }).split('\n');
    for (const gone of ['etc/apko.json', 'etc/apk', 'etc/apk/world', 'usr/lib/apk/db/installed'])
      expect(names).not.toContain(gone);
    expect(names).toEqual(expect.arrayContaining(['etc/passwd', 'usr/lib']));
    expect(warnings).toEqual(['contents.exclude: nothing in the image matches no/such/thing']);

    const request = { ...plain, file, archs: ['amd64'], sbomPath: 'own-sboms' };
    const built = await apkoBuild(ctx, request, 'hello:1', 'own-image.tar');
    const document = built.sboms.find((path) => path.includes('x86_64')) ?? '';
    // What is left out of the image is still described: the packages are in it.
    expect(readFileSync(document, 'utf8')).toContain('replayout');
    const layer = list('own-image.tar', `${built.images[0]?.layers[0]?.digest.slice(7) ?? ''}.tar.gz`);
    expect(layer).toContain('etc/app.conf');
    expect(layer).not.toContain('etc/apko.json');
  });

  test('what cannot be is said before anything is fetched', async () => {
    writeFileSync(join(folder, 'nowhere.yaml'), 'contents: {packages: [a]}\narchs: [amd64]\n');
    const request = { ...plain, file: 'nowhere.yaml' };
    await expect(apkoBuild(ctx, request, 'hello:1', 'x.tar')).rejects.toMatchObject({
      code: 'KP2102',
      where: 'contents.repositories',
    });
    await expect(apkoBuild(ctx, request, 'Hello 1', 'x.tar')).rejects.toMatchObject({ code: 'KP6101' });
    await expect(apkoBuild(ctx, request, 'hello:1', 'no/x.tar')).rejects.toMatchObject({ code: 'KP1001' });
  });

  test('an index signed by an unknown key is refused; --ignore-signatures takes it', async () => {
    const yaml = readFileSync(join(source, 'apko.yaml'), 'utf8').replace(/ {2}keyring:\n.*\n/, '');
    writeFileSync(join(folder, 'unsigned.yaml'), yaml);
    const request = { ...plain, file: 'unsigned.yaml' };
    await expect(apkoPackages(ctx, request)).rejects.toMatchObject({ code: 'KP5001' });
    expect(await apkoPackages(ctx, { ...request, ignoreSignatures: true })).toHaveLength(2);
  });
});

/** Digests of compressed layers, and of all that names them, depend on the encoder; who wrote a document is another. */
function facts(text: string): string {
  return text.replaceAll(/[0-9a-f]{64}/gu, 'DIGEST').replaceAll(/kilopy-[\d.]+/gu, 'TOOL');
}

function diffIds({ images }: ApkoBuild): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(images.map(({ architecture, layers }) => [architecture.name, layers.map((l) => l.diffId)]));
}

/** SHA-256 of the decompressed layers that apko made. */
function golden(image: string, architecture: string): readonly string[] {
  const read = (digest: string): Buffer => readFileSync(join(source, image, 'blobs/sha256', digest.slice(7)));
  const json = (digest: string): never => JSON.parse(read(digest).toString()) as never;
  const index = JSON.parse(readFileSync(join(source, image, 'index.json'), 'utf8')) as {
    manifests: { digest: string; platform: { architecture: string } }[];
  };
  const entry = index.manifests.find(({ platform }) => platform.architecture === architecture);
  const { layers } = json(entry?.digest ?? '') as { layers: { digest: string }[] };
  return layers.map(({ digest }) => `sha256:${sha256(gunzipSync(read(digest)))}`);
}

function blobs(image: string): readonly string[] {
  return readdirSync(join(source, image, 'blobs/sha256')).map((name) => `sha256:${name}`);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Names in a layer of an archive. */
function list(archive: string, layer: string): readonly string[] {
  const bytes = execFileSync('tar', ['xOf', join(folder, archive), layer], { maxBuffer: 2 ** 26 });
  return execFileSync('tar', ['tzf', '-'], { input: bytes, encoding: 'utf8' })
    .split('\n')
    .map((name) => name.replace(/\/$/, ''));
}

function layeringFile(): string {
  const yaml = `contents:
  keyring: [./testdata/melange.rsa.pub]
  repositories: [./testdata/packages]
  packages: [replayout]
archs: [amd64]
layering: {strategy: origin, budget: 4}
`;
  writeFileSync(join(folder, 'layering.yaml'), yaml);
  return 'layering.yaml';
}

function ownKeysFile(): string {
  const yaml = `contents:
  keyring: [./testdata/melange.rsa.pub]
  repositories: [./testdata/packages]
  packages: [replayout]
  exclude: [/etc/apko.json, etc/apk, '**/apk/db', no/such/thing]
accounts:
  groups: [{groupname: staff, gid: 50}]
  users: [{username: me, uid: 1000, gid: 50}]
paths:
  - {path: /etc/app.conf, type: file, content: "level: 1\\n", uid: 1000, gid: 50, permissions: 0o640}
  - {path: /etc/os-release, type: file, content: "ID=own\\n", permissions: 0o644}
`;
  writeFileSync(join(folder, 'own-keys.yaml'), yaml);
  return 'own-keys.yaml';
}

function accountsFile(): string {
  const yaml = `contents:
  keyring: [./testdata/melange.rsa.pub]
  repositories: [./testdata/packages]
  packages: [replayout]
accounts:
  groups: [{groupname: staff, gid: 50}]
  users: [{username: me, uid: 1000, gid: 50}]
  run-as: me
paths:
  - {path: /srv, type: directory, permissions: 0o755}
  - {path: /srv/note, type: empty-file, uid: 1000, gid: 50, permissions: 0o640}
  - {path: /srv/other, type: hardlink, source: /srv/note, uid: 1000, gid: 50, permissions: 0640}
`;
  writeFileSync(join(folder, 'accounts.yaml'), yaml);
  return 'accounts.yaml';
}
