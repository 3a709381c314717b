import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { treeToCpio } from '../../src/emit/cpio.ts';
import { squashfsFile } from '../../src/emit/squashfs.ts';
import { treeToTar } from '../../src/emit/tar.ts';
import { createContext } from '../../src/io/create-context.ts';
import type { Tree } from '../../src/tree/node.ts';
import { collect } from './collect.ts';
import { judgeFolder } from './judge-folder.ts';
import type { MemoryBlobs } from './memory-blobs.ts';
import { differencesOf, readBack } from './read-back.ts';
import type { RandomNode } from './random-tree.ts';

const ctx = createContext();

/** Times that cpio and squashfs have room for. */
export function within32Bits(nodes: readonly RandomNode[]): readonly RandomNode[] {
  return nodes.map((node) => ({ ...node, mtimeSeconds: node.mtimeSeconds % 2 ** 32 }));
}

export function withoutXattrs(tree: Tree): Tree {
  return new Map(
    [...tree].map(([path, node]) => {
      const { xattrs: _, ...rest } = node;
      return [path, rest];
    }),
  );
}

/** What unsquashfs and our own reader do not find in a squashfs image of a tree. Needs root. */
export async function judgeSquashfs(tree: Tree, blobs: MemoryBlobs, folder: string): Promise<readonly string[]> {
  const settings = { blockBytes: 2 ** 16, mtimeSeconds: 2 ** 32 - 1 };
  const file = await squashfsFile(ctx, tree, blobs, folder, settings);
  const out = join(folder, 'squashfs');
  const { stderr, status } = spawnSync('unsquashfs', ['-d', out, '-xattrs', '-quiet', '-no-progress', file]);
  const faults = status === 0 ? [] : [`unsquashfs: ${stderr.toString()}`];
  faults.push(...judgeFolder(tree, out, true));
  // Its root has the mode, owner and time that sqfstar was told.
  const own = differencesOf(tree, await readBack(file, folder)).filter((line) => !line.startsWith(': '));
  rmSync(out, { recursive: true });
  rmSync(file);
  return [...faults, ...own];
}

/** The same of cpio, which has no extended attributes. */
export async function judgeCpio(tree: Tree, blobs: MemoryBlobs, folder: string): Promise<readonly string[]> {
  const plain = withoutXattrs(tree);
  const bytes = await collect(treeToCpio(plain, blobs));
  const out = join(folder, 'cpio');
  mkdirSync(out);
  execFileSync('cpio', ['-idm', '--quiet', '--no-absolute-filenames'], { cwd: out, input: bytes });
  const faults = judgeFolder(plain, out, false).filter(
    (line) => !/\/?[^:]*: time /u.test(line) || !isFolderTime(plain, line),
  );
  const file = join(folder, 'image.cpio');
  writeFileSync(file, bytes);
  const own = differencesOf(plain, await readBack(file, folder)).filter((line) => !line.startsWith(': '));
  rmSync(out, { recursive: true });
  return [...faults, ...own];
}

/** GNU cpio does not set the times of folders again after it has filled them. */
function isFolderTime(tree: Tree, line: string): boolean {
  const node = tree.get(line.slice(0, line.indexOf(': time ')));
  return node?.type === 'directory' || node?.type === 'symlink';
}

/** The same of tar. */
export async function judgeTar(tree: Tree, blobs: MemoryBlobs, folder: string): Promise<readonly string[]> {
  const out = join(folder, 'tar');
  mkdirSync(out);
  const options = ['-xp', '--numeric-owner', '--same-owner', '--xattrs', '--xattrs-include=*', '-C', out];
  execFileSync('tar', options, { input: await collect(treeToTar(tree, blobs)) });
  const faults = judgeFolder(tree, out, true);
  rmSync(out, { recursive: true });
  return faults;
}
