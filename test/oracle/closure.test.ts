import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readElf } from '../../src/codec/elf/read-elf.ts';
import { bundleCertificates } from '../../src/passes/ca-certificates.ts';
import { compareSonames, formatLdSoCache } from '../../src/passes/format-ld-so-cache.ts';
import { writeLoaderCache } from '../../src/passes/loader-cache.ts';
import { slim } from '../../src/passes/slim.ts';
import type { BlobSource, BlobStore } from '../../src/values/blob.ts';
import type { Node } from '../../src/tree/node.ts';
import { overlay } from '../../src/tree/overlay.ts';
import { memoryBlobs } from '../support/memory-blobs.ts';
import { file, packageOrigin } from '../support/nodes.ts';
import { installedPackages, packageOf } from '../support/installed-packages.ts';
import { runInRoot } from '../support/run-in-root.ts';

test.each([
  ['/usr/bin/openssl', ['version']],
  ['/usr/bin/curl', ['--version']],
  ['/usr/bin/perl', ['-MPOSIX', '-e', 'print floor(1.5)']],
])('of %s and its dependencies, what the closure keeps is enough for it to start', async (program, words) => {
  const { tree, blobs } = installedPackages([packageOf(program)]);
  const result = await slim(tree, blobs, { mode: 'closure', entries: [program], wished: new Set() });
  expect(result.report.droppedBytes).toBeGreaterThan(5_000_000);
  expect(await runInRoot(result.tree, blobs, [program, ...words])).toMatchObject({ status: 0 });
});

test('a library in a folder of ld.so.conf is found by the loader through our cache', async () => {
  const { tree, blobs } = installedPackages(['openssl']);
  const own = memoryBlobs();
  const moved = [...tree.values()].map((node): Node =>
    node.path.endsWith('/libssl.so.3') ? { ...node, path: 'opt/ssl/libssl.so.3' } : node,
  );
  const configuration = file('etc/ld.so.conf.d/ssl.conf', own.add('/opt/ssl\n'), packageOrigin('x'));
  const { tree: changed } = overlay(new Map(), [...moved, configuration]);
  const both = either(own, blobs);
  const { tree: kept, report } = await slim(changed, both, {
    mode: 'closure',
    entries: ['/usr/bin/openssl'],
    wished: new Set(),
  });
  expect(report.needCache).toEqual(['opt/ssl/libssl.so.3']);
  const command = ['/usr/bin/openssl', 'version'];
  expect(await runInRoot(kept, both, command)).toMatchObject({ status: 127 });
  const { tree: cached } = await writeLoaderCache(kept, both, report.needCache);
  expect(await runInRoot(cached, both, command)).toMatchObject({ status: 0 });
});

test('ldconfig lists our cache in its own order', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kilopy-cache-'));
  const elf = readElf(readFileSync(process.execPath))!;
  const names = [
    'liba.so.2',
    'liba.so.10',
    'liba.so',
    'libab.so.1',
    'lib1.so',
    'libz-9.so',
    'libz-10.so',
    'libz.so',
    'liba1',
  ];
  writeFileSync(
    join(folder, 'cache'),
    formatLdSoCache(
      names.map((soname) => ({ soname, path: `/x/${soname}`, elf })),
      'little',
    ),
  );
  const output = execFileSync('/sbin/ldconfig', ['-p', '-C', join(folder, 'cache')], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect(output).toContain(`${names.length} libs found`);
  for (const name of names) expect(output).toContain(`${name} (libc6,x86-64) => /x/${name}`);
});

test('the cache of this machine is in the order that ours would be', () => {
  const output = execFileSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' });
  const names = [...output.matchAll(/^\t(\S+) \(libc6,x86-64\)/gmu)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(50);
  expect(names).toEqual(names.toSorted((a, b) => compareSonames(b, a)));
});

test('the certificate bundle is what update-ca-certificates made on this machine', async () => {
  const made = '/etc/ssl/certs/ca-certificates.crt';
  expect(existsSync(made)).toBe(true);
  const { tree, blobs } = installedPackages(['ca-certificates']);
  const own = memoryBlobs();
  const result = await bundleCertificates(tree, either(own, blobs));
  const node = result.tree.get('etc/ssl/certs/ca-certificates.crt');
  const bundle = node?.type === 'file' ? Buffer.from(await own.read(node.content)).toString() : '';
  // This machine may trust certificates of its own beside Debian’s.
  expect(certificates(readFileSync(made, 'utf8'))).toEqual(expect.arrayContaining(certificates(bundle)));
  expect(result.report.certificates).toBeGreaterThan(100);
});

function certificates(text: string): string[] {
  return text.match(/-----BEGIN[^]*?-----END CERTIFICATE-----/gu)!.toSorted();
}

/** Reads from both, keeps in the first. */
function either(first: BlobStore, second: BlobSource): BlobStore {
  const pick = async (digest: `sha256:${string}`): Promise<BlobSource> => ((await first.has(digest)) ? first : second);
  return {
    put: (bytes) => first.put(bytes),
    putStream: (chunks) => first.putStream(chunks),
    has: async (digest) => (await first.has(digest)) || second.has(digest),
    read: async (ref) => (await pick(ref.digest)).read(ref),
    async *open(ref) {
      yield* (await pick(ref.digest)).open(ref);
    },
  };
}
