import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tree } from '../../src/tree/node.ts';
import type { BlobSource } from '../../src/values/blob.ts';
import { writeTree } from './write-tree.ts';

export interface RunResult {
  readonly status: number | null;
  readonly output: string;
}

/** For a program in another root: what names folders here, as TMPDIR does, names nothing there. */
export const rootEnvironment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', HOME: '/' };

/** Writes a tree into a temporary folder and runs a program in it by chroot, in a user namespace where needed. */
export async function runInRoot(tree: Tree, blobs: BlobSource, command: readonly string[]): Promise<RunResult> {
  const folder = mkdtempSync(join(tmpdir(), 'kilopy-root-'));
  try {
    await writeTree(tree, blobs, folder);
    // Several programs open it before anything else; a plain file will do.
    mkdirSync(join(folder, 'dev'), { recursive: true });
    writeFileSync(join(folder, 'dev/null'), '');
    const chroot = ['chroot', folder, ...command];
    const words = process.getuid?.() === 0 ? chroot : ['unshare', '--map-root-user', ...chroot];
    const result = spawnSync(words[0]!, words.slice(1), {
      encoding: 'utf8',
      timeout: 100_000,
      env: rootEnvironment,
    });
    return { status: result.status, output: result.stdout + result.stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
