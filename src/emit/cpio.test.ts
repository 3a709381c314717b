import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { device, directory, file, link, packageOrigin } from '../../test/support/nodes.ts';
import { memoryBlobs } from '../../test/support/memory-blobs.ts';
import type { Node, Tree } from '../tree/node.ts';
import { treeToCpio } from './cpio.ts';

const origin = packageOrigin('a');

async function archive(nodes: readonly Node[], blobs: ReturnType<typeof memoryBlobs>): Promise<Buffer> {
  const tree: Tree = new Map([directory('', origin), ...nodes].map((node) => [node.path, node]));
  const parts: Uint8Array[] = [];
  for await (const part of treeToCpio(tree, blobs)) parts.push(part);
  return Buffer.concat(parts);
}

test('GNU cpio gives back contents, owners, links and devices', async () => {
  const blobs = memoryBlobs();
  const content = blobs.add('hello');
  const bytes = await archive(
    [
      directory('etc', origin),
      { ...file('etc/one', content, origin, 0o4755), uid: 7, gid: 8, inode: 'x' },
      { ...file('etc/two', content, origin, 0o4755), uid: 7, gid: 8, inode: 'x' },
      file('etc/empty', blobs.add(''), origin),
      link('etc/link', '../etc/one', origin),
      device('null', origin),
    ],
    blobs,
  );
  expect(bytes.length % 4).toBe(0);
  const list = execFileSync('cpio', ['-itv', '--numeric-uid-gid', '--quiet'], { input: bytes, encoding: 'utf8' });
  const rows = list.trim().split('\n');
  expect(rows).toHaveLength(6);
  expect(rows.find((row) => row.endsWith(' etc/two'))).toMatch(/^-rwsr-xr-x +2 7 +8 +5 /);
  expect(rows.find((row) => row.includes('etc/link'))).toMatch(/^lrwxrwxrwx .* etc\/link -> \.\.\/etc\/one$/);
  expect(rows.find((row) => row.endsWith(' null'))).toMatch(/^crw------- .* 1, +3 /);

  const folder = mkdtempSync(join(tmpdir(), 'kilopy-cpio-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  execFileSync('cpio', ['-id', '--quiet', '--no-preserve-owner', 'etc/*'], { cwd: folder, input: bytes });
  expect(readFileSync(join(folder, 'etc/one'), 'utf8')).toBe('hello');
  expect(statSync(join(folder, 'etc/one')).ino).toBe(statSync(join(folder, 'etc/two')).ino);
  expect(statSync(join(folder, 'etc/one')).mtimeMs).not.toBe(0);
});

test('contents of hard links stand once, behind the last name', async () => {
  const blobs = memoryBlobs();
  const content = blobs.add('x'.repeat(1000));
  const two = ['a', 'b'].map((path) => ({ ...file(path, content, origin), inode: 'x' }));
  const one = await archive([file('a', content, origin)], blobs);
  expect((await archive(two, blobs)).length).toBeLessThan(one.length + 200);
});
