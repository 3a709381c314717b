import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createContext } from '../../src/io/create-context.ts';
import { parseApkInstalled } from '../../src/codec/packages/apk-installed.ts';
import { readRootfsTar } from '../../src/image/read-rootfs-tar.ts';
import { slim } from '../../src/passes/slim.ts';
import type { Node, Tree } from '../../src/tree/node.ts';
import { memoryBlobs } from '../support/memory-blobs.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');

/** Alpine's own files, with the packages of their database as origins: what the base `alpine` lays out. */
async function alpineTree(
  architecture: string,
): Promise<{ readonly tree: Tree; readonly blobs: ReturnType<typeof memoryBlobs> }> {
  const file = join(realdata, `alpine/minirootfs/alpine-minirootfs-3.20.3-${architecture}.tar.gz`);
  const ctx = createContext({ emit: () => undefined, signal: new AbortController().signal });
  const blobs = memoryBlobs();
  const tree = await readRootfsTar(ctx, chunks(file), blobs, 'minirootfs');
  const database = tree.get('lib/apk/db/installed');
  if (database?.type !== 'file') throw new Error('no database');
  const text = Buffer.from(await blobs.read(database.content)).toString('utf8');
  const owners = new Map<string, Node['origin']>();
  for (const { name, version, architecture: arch, files } of parseApkInstalled(text, 'installed')) {
    for (const path of files) owners.set(path, { kind: 'package', name, version, architecture: arch, feed: 'alpine' });
  }
  return {
    tree: new Map([...tree].map(([path, node]) => [path, { ...node, origin: owners.get(path) ?? node.origin }])),
    blobs,
  };
}

async function* chunks(file: string): AsyncGenerator<Uint8Array> {
  yield readFileSync(file);
}

describe.skipIf(!existsSync(realdata))('slim: closure on the files of Alpine', () => {
  test.each([
    ['x86_64', 'x86_64'],
    ['armv7', 'armhf'],
  ])('%s: a program keeps its libraries and its loader, which is libc too', async (architecture, loader) => {
    const { tree, blobs } = await alpineTree(architecture);
    const settings = { mode: 'closure', entries: ['/usr/bin/ssl_client'], wished: new Set<string>() } as const;
    const { tree: slimmed, report } = await slim(tree, blobs, settings);
    const kept = [...slimmed.values()].filter(({ origin, type }) => origin.kind === 'package' && type !== 'directory');
    expect(kept.map(({ path }) => path).sort()).toEqual(
      ['lib/libcrypto.so.3', 'lib/libssl.so.3', `lib/ld-musl-${loader}.so.1`, 'usr/bin/ssl_client'].sort(),
    );
    // Its own name as a library, which every program of Alpine needs: musl answers it with itself (ldso/dynlink.c).
    expect(slimmed.has(`lib/libc.musl-${architecture}.so.1`)).toBe(false);
    expect(report.missing).toEqual([]);
    expect(report.needCache).toEqual([]);
  });
});
