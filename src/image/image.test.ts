import { expect, test } from 'vitest';
import { memoryBlobs, type MemoryBlobs } from '../../test/support/memory-blobs.ts';
import { sha256 } from '../crypto/digest.ts';
import { createContext } from '../io/create-context.ts';
import type { Tree } from '../tree/node.ts';
import { applyLayer } from './apply-layer.ts';
import type { ImageFiles } from './image-files.ts';
import { readImage } from './read-image.ts';

const origin = (layer: string) => ({ kind: 'image', reference: 'test', layer }) as const;

interface Entry {
  readonly path: string;
  readonly type?: '0' | '1' | '2' | '3' | '5';
  readonly body?: string;
  readonly link?: string;
}

/** A minimal ustar archive. */
function tar(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ path, type = '0', body = '', link = '' }) => {
    const header = Buffer.alloc(512);
    header.write(path, 0, 'latin1');
    header.write('0000755\u00000000000\u00000000000\0', 100, 'latin1');
    header.write(
      `${body.length.toString(8).padStart(11, '0')}\0${'1'.padStart(11, '0')}\0        ${type}${link}`,
      124,
      'latin1',
    );
    header.write('ustar\u000000', 257, 'latin1');
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return [header, Buffer.concat([Buffer.from(body), Buffer.alloc((512 - (body.length % 512)) % 512)])];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}

async function layered(...layers: readonly (readonly Entry[])[]): Promise<Tree> {
  let tree: Tree = new Map();
  const blobs = memoryBlobs();
  for (const [index, entries] of layers.entries())
    tree = await applyLayer(tree, once(tar(entries)), { blobs, origin: origin(`l${index}`) });
  return tree;
}

const lower: readonly Entry[] = [
  { path: 'd/', type: '5' },
  { path: 'd/a', body: '1' },
  { path: 'd/b', body: '2' },
  { path: 'l', type: '2', link: 'd' },
];

test.each<[string, readonly Entry[], readonly string[]]>([
  ['a whiteout', [{ path: 'd/.wh.a' }], ['', 'd', 'd/b', 'l']],
  ['a whiteout of a folder', [{ path: '.wh.d' }], ['', 'l']],
  ['an opaque folder before its new content', [{ path: 'd/.wh..wh..opq' }, { path: 'd/c' }], ['', 'd', 'd/c', 'l']],
  ['an opaque folder behind its new content', [{ path: 'd/c' }, { path: 'd/.wh..wh..opq' }], ['', 'd', 'd/c', 'l']],
  ['a whiteout of what the same layer brings', [{ path: 'd/a' }, { path: 'd/.wh.a' }], ['', 'd', 'd/a', 'd/b', 'l']],
  ['notes of aufs', [{ path: '.wh..wh.plnk/', type: '5' }], ['', 'd', 'd/a', 'd/b', 'l']],
  ['a file over a folder', [{ path: 'd', body: 'x' }], ['', 'd', 'l']],
  ['an entry through a link', [{ path: 'l/c' }], ['', 'd', 'd/a', 'd/b', 'd/c', 'l']],
  [
    'an entry through a link out of the root',
    [{ path: 'l', type: '2', link: '../..' }, { path: 'l/c' }],
    ['', 'c', 'd', 'd/a', 'd/b', 'l'],
  ],
])('a layer with %s', async (_, upper, paths) => {
  const tree = await layered(lower, upper);
  expect([...tree.keys()].toSorted()).toEqual(paths);
});

test('nodes say which layer they are from', async () => {
  const tree = await layered(lower, [{ path: 'd/b', body: '3' }]);
  expect([tree.get('d/a')?.origin, tree.get('d/b')?.origin]).toEqual([origin('l0'), origin('l1')]);
});

test('hard links share an inode, also with a lower layer', async () => {
  const tree = await layered(lower, [{ path: 'h', type: '1', link: 'd/a' }]);
  const [a, h] = [tree.get('d/a'), tree.get('h')];
  expect(a?.type === 'file' && h?.type === 'file' && a.inode !== undefined && a.inode === h.inode).toBe(true);
});

test.each<[string, readonly Entry[], string]>([
  ['a hard link to nothing', [{ path: 'h', type: '1', link: 'nothing' }], 'KP7403'],
  ['an entry below a file', [{ path: 'd/a/x' }], 'KP7403'],
  ['..', [{ path: '../x' }], 'KP7001'],
  ['an absolute path', [{ path: '/x' }], 'KP7001'],
  ['a hard link to ..', [{ path: 'h', type: '1', link: '../etc/shadow' }], 'KP7001'],
  ['a loop', [{ path: 'q', type: '2', link: 'q' }, { path: 'q/x' }], 'KP7002'],
])('a layer with %s is refused', async (_, upper, code) => {
  expect(await layered(lower, upper).catch((error: unknown) => error)).toMatchObject({ code });
});

const layer = tar([{ path: 'x', body: 'hello' }]);
const config = Buffer.from(
  JSON.stringify({ architecture: 'arm', variant: 'v7', rootfs: { diff_ids: [sha256(layer)] } }),
);

function described(bytes: Uint8Array, mediaType: string): Record<string, unknown> {
  return { mediaType, digest: sha256(bytes), size: bytes.length };
}

const manifest = Buffer.from(
  JSON.stringify({
    config: described(config, 'application/vnd.oci.image.config.v1+json'),
    layers: [described(layer, 'application/vnd.oci.image.layer.v1.tar')],
  }),
);
const descriptor = described(manifest, 'application/vnd.oci.image.manifest.v1+json');
const arm = { os: 'linux', architecture: 'arm', variant: 'v7' };

function imageOf(index: unknown, parts: readonly Uint8Array[]): ImageFiles {
  const files = new Map<string, Uint8Array>([['index.json', Buffer.from(JSON.stringify(index))]]);
  for (const part of parts) files.set(`blobs/${sha256(part).replace(':', '/')}`, part);
  return { source: 'x.tar', has: (name) => Promise.resolve(files.has(name)), open: (name) => once(files.get(name)!) };
}

function read(files: ImageFiles, architecture?: string, blobs: MemoryBlobs = memoryBlobs()): Promise<unknown> {
  const options = { reference: 'x', ...(architecture === undefined ? {} : { platform: { architecture } }) };
  return readImage(createContext(), files, blobs, options).catch((error: unknown) => error);
}

const parts = [manifest, config, layer];

test('an OCI image, chosen by platform', async () => {
  const index = {
    manifests: [
      { ...descriptor, platform: arm },
      { ...descriptor, platform: { os: 'linux', architecture: 'amd64' } },
    ],
  };
  const image = (await read(imageOf(index, parts), 'arm')) as Awaited<ReturnType<typeof readImage>>;
  expect([...image.tree.keys()]).toEqual(['', 'x']);
  expect(image.layers).toEqual([
    { diffId: sha256(layer), digest: sha256(layer), sizeBytes: layer.length, rawBytes: layer.length },
  ]);
  expect(await read(imageOf(index, parts), 's390x')).toMatchObject({ code: 'KP7402', why: 'it holds arm/v7, amd64' });
  expect(await read(imageOf(index, parts))).toMatchObject({ code: 'KP7402' });
});

test('an archive of apko: an index beside a Docker manifest, whose files have other names', async () => {
  const amd64 = Buffer.from(JSON.stringify({ architecture: 'amd64', rootfs: { diff_ids: [sha256(layer)] } }));
  const files = new Map<string, Uint8Array>([['index.json', Buffer.from(JSON.stringify({ manifests: [descriptor] }))]]);
  const entries = [config, amd64].map((document) => {
    files.set(sha256(document), document);
    return { Config: sha256(document), RepoTags: [`x:1-${String(document.length)}`], Layers: ['layer.tar'] };
  });
  files.set('manifest.json', Buffer.from(JSON.stringify(entries)));
  files.set('layer.tar', layer);
  const archive: ImageFiles = {
    source: 'x.tar',
    has: (name) => Promise.resolve(files.has(name)),
    open: (name) => once(files.get(name)!),
  };
  const image = (await read(archive, 'arm')) as Awaited<ReturnType<typeof readImage>>;
  expect([...image.tree.keys()]).toEqual(['', 'x']);
  expect(image.config).toMatchObject({ architecture: 'arm' });
  expect(await read(archive, 's390x')).toMatchObject({ code: 'KP7402', why: 'it holds arm/v7, amd64' });
  expect(await read(archive)).toMatchObject({ code: 'KP7402' });
});

test.each<[string, ImageFiles, string]>([
  ['no manifest', imageOf({ manifests: [descriptor] }, [config, layer]), 'KP7401'],
  ['no configuration', imageOf({ manifests: [descriptor] }, [manifest, layer]), 'KP7401'],
  ['a malformed index', imageOf({ manifests: [{ ...descriptor, digest: 'sha256:../../etc' }] }, parts), 'KP7401'],
  ['an empty index', imageOf({ manifests: [] }, parts), 'KP7402'],
  ['nothing', { source: 'x', has: () => Promise.resolve(false), open: () => once(layer) }, 'KP7401'],
])('an image with %s is refused', async (_, files, code) => {
  expect(await read(files)).toMatchObject({ code });
});

test('a changed layer is refused', async () => {
  const files = imageOf({ manifests: [descriptor] }, parts);
  const other = tar([{ path: 'x', body: 'hallo' }]);
  const name = `blobs/${sha256(layer).replace(':', '/')}`;
  const changed = { ...files, open: (path: string) => (path === name ? once(other) : files.open(path)) };
  expect(await read(changed)).toMatchObject({ code: 'KP7404' });
});

test('a changed manifest is refused', async () => {
  const files = imageOf({ manifests: [descriptor] }, parts);
  const name = `blobs/${sha256(manifest).replace(':', '/')}`;
  // A space more is the same document, and not the same bytes.
  const other = Buffer.concat([manifest, Buffer.from(' ')]);
  const changed = { ...files, open: (path: string) => (path === name ? once(other) : files.open(path)) };
  expect(await read(changed)).toMatchObject({ code: 'KP7404' });
});
