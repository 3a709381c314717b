import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFolder } from '../../src/image/read-folder.ts';
import { createContext } from '../../src/io/create-context.ts';
import type { Tree } from '../../src/tree/node.ts';
import { scratch } from './cli.ts';
import { memoryBlobs } from './memory-blobs.ts';

/** A folder with what an image can keep: holes, hard links, devices, long and short links, attributes, many names. */
export function originalFolder(): string {
  const folder = join(scratch(), 'root');
  mkdirSync(join(folder, 'many'), { recursive: true });
  mkdirSync(join(folder, 'a/b/c'), { recursive: true });
  for (let i = 0; i < 120; i++) writeFileSync(join(folder, 'many', `${'name'.repeat(20)}-${String(i)}`), String(i));
  writeFileSync(join(folder, 'a/plain'), 'plain');
  writeFileSync(join(folder, 'a/large'), Buffer.alloc(1_000_001, 'kilopy is small, '));
  writeFileSync(join(folder, 'a/hole'), 'start');
  truncateSync(join(folder, 'a/hole'), 3_000_000);
  writeFileSync(join(folder, 'a/hole'), 'end', { flag: 'a' });
  linkSync(join(folder, 'a/plain'), join(folder, 'a/b/again'));
  symlinkSync('../plain', join(folder, 'a/b/short'));
  symlinkSync('x'.repeat(500), join(folder, 'a/b/long'));
  symlinkSync('y'.repeat(59), join(folder, 'a/b/59'));
  symlinkSync('z'.repeat(60), join(folder, 'a/b/60'));
  execFileSync('mkfifo', [join(folder, 'a/b/c/pipe')]);
  chmodSync(join(folder, 'a/large'), 0o4711);
  if (process.geteuid?.() === 0) execFileSync('mknod', [join(folder, 'a/b/c/null'), 'c', '1', '3']);
  for (const path of ['a/plain', 'a/b', 'a']) utimesSync(join(folder, path), 1_600_000_000, 1_600_000_000);
  return folder;
}

/** A folder as a tree. Its own time is not kept by all tools. */
export async function folderAsTree(folder: string): Promise<Tree> {
  return readFolder(createContext(), folder, memoryBlobs());
}
