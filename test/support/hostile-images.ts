import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KilopyError } from '../../src/errors/kilopy-error.ts';
import { imageFileKind } from '../../src/image/image-file-kind.ts';
import { readFileSystem } from '../../src/image/read-file-system.ts';
import { createContext } from '../../src/io/create-context.ts';
import { defaultLimits } from '../../src/io/limits.ts';
import type { Tree } from '../../src/tree/node.ts';
import { scratch } from './cli.ts';
import { memoryBlobs } from './memory-blobs.ts';
import { seededRandom } from './random.ts';

/** Kinds of small images that are damaged. */
export const hostileKinds = [
  'ext4 with checksums',
  'ext4 without checksums',
  'ext2',
  'squashfs xz',
  'squashfs gzip',
  'squashfs zstd',
  'squashfs lz4',
  'cpio',
] as const;
export type HostileKind = (typeof hostileKinds)[number];

const mke2fs: Readonly<Partial<Record<HostileKind, readonly string[]>>> = {
  'ext4 with checksums': ['-t', 'ext4', '-O', 'metadata_csum,^has_journal,^resize_inode'],
  'ext4 without checksums': ['-t', 'ext4', '-O', '^metadata_csum,^has_journal,^resize_inode'],
  ext2: ['-t', 'ext2', '-O', '^resize_inode'],
};

/** An image of a few kilobytes with every kind of node. */
export function hostileImage(kind: HostileKind): Buffer {
  const folder = join(scratch(), 'root');
  mkdirSync(join(folder, 'a/b/c'), { recursive: true });
  for (let i = 0; i < 30; i++) writeFileSync(join(folder, `a/file-${String(i)}`), `content ${String(i)} `.repeat(i));
  writeFileSync(join(folder, 'large'), Buffer.alloc(30_000, 'kilopy is small, '));
  chmodSync(join(folder, 'large'), 0o4711);
  linkSync(join(folder, 'large'), join(folder, 'a/b/again'));
  symlinkSync('../../large', join(folder, 'a/b/c/link'));
  symlinkSync('t'.repeat(100), join(folder, 'a/long'));
  execFileSync('mkfifo', [join(folder, 'a/pipe')]);
  const file = join(scratch(), 'image');
  if (kind === 'cpio') {
    const names = execFileSync('find', ['.', '-print0'], { cwd: folder });
    return execFileSync('cpio', ['-o', '-0', '-H', 'newc', '--quiet'], { cwd: folder, input: names });
  }
  const options = mke2fs[kind];
  if (options === undefined) {
    const compression = kind.slice('squashfs '.length);
    execFileSync('mksquashfs', [folder, file, '-comp', compression, '-b', '8K', '-quiet', '-no-progress', '-nopad']);
  } else execFileSync('mke2fs', ['-q', '-F', ...options, '-b', '1024', '-N', '64', '-d', folder, file, '300']);
  return readFileSync(file);
}

export interface HostileResult {
  /** By code of the error; `read` for images that were read in spite of the damage. */
  readonly answers: ReadonlyMap<string, number>;
  /** What must not be: other errors, names that lead elsewhere, slow answers. */
  readonly faults: readonly string[];
}

const limits = { ...defaultLimits, fileBytes: 8 * 2 ** 20, packageBytes: 32 * 2 ** 20, entries: 10_000 };
const slowMs = 20_000;

/** Reads so many damaged copies of an image: bits turned over, bytes and words set, blocks exchanged, ends cut off. */
export async function damageAndRead(bytes: Buffer, count: number, seed: number): Promise<HostileResult> {
  const ctx = { ...createContext(), limits, emit: () => undefined };
  const folder = scratch();
  const file = join(folder, 'image');
  const random = seededRandom(seed);
  const answers = new Map<string, number>();
  const faults: string[] = [];
  for (let i = 0; i < count; i++) {
    writeFileSync(file, damaged(bytes, random));
    const startedMs = performance.now();
    let answer = 'read';
    try {
      const { compression, fileSystem } = await imageFileKind(ctx, file, 'image');
      if (fileSystem === undefined) answer = 'tar';
      else {
        const settings = { blobs: memoryBlobs(), source: 'image', scratch: folder };
        faults.push(...escapes(await readFileSystem(ctx, file, { compression, fileSystem }, settings)));
      }
    } catch (error) {
      answer = error instanceof KilopyError ? error.code : 'other';
      if (answer === 'other') faults.push(`${String(i)}: ${(error as Error).stack ?? String(error)}`);
    }
    const tookMs = performance.now() - startedMs;
    if (tookMs > slowMs) faults.push(`${String(i)}: it took ${String(Math.round(tookMs))} ms`);
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
  }
  return { answers, faults };
}

function damaged(bytes: Buffer, random: () => number): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  // Metadata stands at the beginning of ext4 and at the end of squashfs: both get more than their share.
  const place = (): number => {
    const where = random();
    if (where < 0.3) return below(Math.min(bytes.length, 16_384));
    return where < 0.6 ? bytes.length - 1 - below(Math.min(bytes.length, 4096)) : below(bytes.length);
  };
  if (random() < 0.15) return bytes.subarray(0, below(bytes.length));
  const copy = Buffer.from(bytes);
  for (let times = 1 + below(4); times > 0; times--) {
    const at = place();
    const kind = below(4);
    if (kind === 0) copy[at] = (copy[at] ?? 0) ^ (1 << below(8));
    else if (kind === 1) copy[at] = below(256);
    else if (kind === 2 && at + 4 <= copy.length)
      copy.writeUInt32LE([0, 1, 2, 0xffff_ffff, 0x7fff_ffff, below(2 ** 16)][below(6)] ?? 0, at);
    else copy.copy(copy, place() & ~1023, at & ~1023, (at & ~1023) + 1024);
  }
  return copy;
}

function escapes(tree: Tree): readonly string[] {
  return [...tree.keys()].flatMap((path) => {
    const parts = path === '' ? [] : path.split('/');
    const isBad = parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'));
    return isBad || !tree.has(parts.slice(0, -1).join('/')) ? [`a path that cannot be: ${JSON.stringify(path)}`] : [];
  });
}
