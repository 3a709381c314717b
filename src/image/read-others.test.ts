import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { scratch } from '../../test/support/cli.ts';
import { memoryBlobs } from '../../test/support/memory-blobs.ts';
import { createContext } from '../io/create-context.ts';
import { sha256 } from '../crypto/digest.ts';
import type { ImageFiles } from './image-files.ts';
import { indexedArchive } from './indexed-archive.ts';
import { listImages } from './list-images.ts';
import { readDeb } from './read-deb.ts';
import { readFolder } from './read-folder.ts';

const ctx = createContext();

test('a folder: modes, links, hard links; its own root has no name', async () => {
  const folder = scratch();
  mkdirSync(join(folder, 'd'));
  writeFileSync(join(folder, 'd/a'), 'a');
  chmodSync(join(folder, 'd/a'), 0o4711);
  linkSync(join(folder, 'd/a'), join(folder, 'd/b'));
  symlinkSync('../x', join(folder, 'd/l'));
  execFileSync('mkfifo', [join(folder, 'd/p')]);
  const tree = await readFolder(ctx, folder, memoryBlobs());
  expect([...tree.keys()].toSorted()).toEqual(['', 'd', 'd/a', 'd/b', 'd/l', 'd/p']);
  expect(tree.get('d/a')).toMatchObject({ type: 'file', mode: 0o4711, content: { sizeBytes: 1 } });
  const inodes = ['d/a', 'd/b'].map((path) => (tree.get(path) as { inode?: string }).inode);
  expect(inodes[0]).toBe(inodes[1]);
  expect(tree.get('d/l')).toMatchObject({ type: 'symlink', target: '../x' });
  expect(tree.get('d/p')).toMatchObject({ type: 'device', device: 'fifo', major: 0, minor: 0 });
});

test('an archive on disk: members where they lie, long names, links', async () => {
  const folder = scratch();
  const long = `${'x'.repeat(120)}/y`;
  mkdirSync(join(folder, 'x'.repeat(120)));
  writeFileSync(join(folder, long), 'long');
  writeFileSync(join(folder, 'big'), Buffer.alloc(3_000_000, 'z'));
  writeFileSync(join(folder, 'empty'), '');
  symlinkSync('big', join(folder, 'link'));
  const path = join(folder, 'a.tar');
  execFileSync('tar', ['--format=pax', '-C', folder, '-cf', path, 'big', 'empty', 'link', long]);
  const files = await indexedArchive(ctx, path, 'a.tar');
  const read = async (name: string): Promise<Buffer> => {
    const parts: Uint8Array[] = [];
    for await (const part of files.open(name)) parts.push(part);
    return Buffer.concat(parts);
  };
  expect((await read(long)).toString()).toBe('long');
  expect((await read('big')).equals(Buffer.alloc(3_000_000, 'z'))).toBe(true);
  expect((await read('link')).equals(await read('big'))).toBe(true);
  expect((await read('empty')).length).toBe(0);
  expect([await files.has('empty'), await files.has('nothing')]).toEqual([true, false]);
});

function tarOf(folder: string): Buffer {
  return execFileSync('tar', ['--owner=root', '--group=root', '-C', folder, '-c', '.']);
}

function ar(members: readonly (readonly [string, Uint8Array])[]): Buffer {
  const parts = members.map(([name, body]) => {
    const size = String(body.length).padEnd(10);
    const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${size}\`\n`;
    return Buffer.concat([Buffer.from(header), body, Buffer.alloc(body.length % 2, '\n')]);
  });
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}

function debMembers(): readonly (readonly [string, Uint8Array])[] {
  const [control, data] = [scratch(), scratch()];
  writeFileSync(join(control, 'control'), 'Package: x\nVersion: 1\nArchitecture: all\n');
  mkdirSync(join(data, 'usr'));
  writeFileSync(join(data, 'usr/x'), 'x');
  return [
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar.gz', gzipSync(tarOf(control))],
    ['data.tar', tarOf(data)],
  ];
}

test('a .deb: its control fields and its files', async () => {
  const { control, tree } = await readDeb(ctx, ar(debMembers()), memoryBlobs(), 'x.deb');
  expect(control.get('package')).toBe('x');
  expect([...tree.keys()].toSorted()).toEqual(['', 'usr', 'usr/x']);
});

test.each([[0], [1], [2]])('a .deb without its member %i is refused', async (missing) => {
  const members = debMembers().filter((_, at) => at !== missing);
  await expect(readDeb(ctx, ar(members), memoryBlobs(), 'x.deb')).rejects.toMatchObject({ code: 'KP5060' });
});

test('images of an index within an index, with their names; attestations are none', async () => {
  const parts = new Map<string, Uint8Array>();
  const add = (value: unknown, mediaType: string): Record<string, unknown> => {
    const bytes = Buffer.from(JSON.stringify(value));
    parts.set(`blobs/${sha256(bytes).replace(':', '/')}`, bytes);
    return { mediaType, digest: sha256(bytes), size: bytes.length };
  };
  const config = add({}, 'application/vnd.oci.image.config.v1+json');
  const manifest = (layer: string): Record<string, unknown> =>
    add({ config, layers: [], layer }, 'application/vnd.oci.image.manifest.v1+json');
  const inner = add(
    {
      manifests: [
        { ...manifest('a'), platform: { os: 'linux', architecture: 'arm', variant: 'v7' } },
        { ...manifest('b'), platform: { os: 'unknown', architecture: 'unknown' } },
      ],
    },
    'application/vnd.oci.image.index.v1+json',
  );
  const annotations = { 'org.opencontainers.image.ref.name': 'hello:1' };
  parts.set('index.json', Buffer.from(JSON.stringify({ manifests: [{ ...inner, annotations }, manifest('c')] })));
  const files: ImageFiles = {
    source: 'x',
    has: (name) => Promise.resolve(parts.has(name)),
    async *open(name) {
      yield parts.get(name) ?? Buffer.alloc(0);
    },
  };
  const images = await listImages(files);
  expect(images.map(({ name, platform }) => [name, platform])).toEqual([
    ['hello:1', 'linux/arm/v7'],
    ['an image without a name', undefined],
  ]);
});
