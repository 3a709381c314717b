import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, lstatSync, mkdirSync, openSync, readFileSync, readlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Ext4Options } from '../../src/emit/ext4/plan-ext4.ts';
import { planExt4 } from '../../src/emit/ext4/plan-ext4.ts';
import { writeExt4 } from '../../src/emit/ext4/write-ext4.ts';
import { memoryBlobs } from './memory-blobs.ts';
import type { RandomNode } from './random-tree.ts';
import { treeWithBlobs } from './tree-blobs.ts';

export const ext4Settings: Pick<Ext4Options, 'uuid' | 'hashSeed' | 'label' | 'timeSeconds'> = {
  uuid: Buffer.alloc(16, 0x5a),
  hashSeed: Buffer.alloc(16, 0xa5),
  label: 'rootfs',
  timeSeconds: 1_700_000_000,
};

/** Writes a tree to a file. */
export async function writeImage(
  nodes: readonly RandomNode[],
  file: string,
  options: Partial<Ext4Options> = {},
): Promise<void> {
  const blobs = memoryBlobs();
  const plan = planExt4(treeWithBlobs(nodes, blobs), { ...ext4Settings, ...options });
  const fd = openSync(file, 'w');
  for await (const chunk of writeExt4(plan, blobs)) writeSync(fd, chunk);
  closeSync(fd);
}

/** What e2fsck does not like; empty when it is content. */
export function e2fsck(file: string): string {
  const { status, stdout, stderr } = spawnSync('e2fsck', ['-fn', file], { encoding: 'utf8' });
  return status === 0 ? '' : `${String(status)} ${stdout}${stderr}`;
}

/** Differences between a tree and the same mounted by the kernel; needs root. */
export function compareMounted(nodes: readonly RandomNode[], file: string, folder: string): readonly string[] {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-o', 'loop,ro', file, folder]);
  try {
    const faults = nodes.flatMap((node) => compareNode(node, join(folder, node.path)));
    faults.push(...compareXattrs(nodes, folder));
    // readdir of Node.js would go into folders that links point at. One path is the root, one lost+found.
    const found = execFileSync('find', [folder, '-xdev', '-printf', '.']).length - 1;
    if (found !== nodes.length) faults.push(`${String(found)} paths, expected ${String(nodes.length)}`);
    return faults;
  } finally {
    execFileSync('umount', [folder]);
  }
}

function compareNode(node: RandomNode, path: string): readonly string[] {
  const stat = lstatSync(path);
  const faults: string[] = [];
  const same = (what: string, found: unknown, wanted: unknown): void => {
    if (found !== wanted) faults.push(`${node.path}: ${what} ${String(found)}, expected ${String(wanted)}`);
  };
  same('mode', stat.mode & 0o7777, node.mode);
  same('uid', stat.uid, node.uid);
  same('gid', stat.gid, node.gid);
  same('time', Math.round(stat.mtimeMs / 1000), node.mtimeSeconds);
  if (node.type === 'file') {
    same('content', Buffer.compare(readFileSync(path), node.bytes), 0);
  } else if (node.type === 'symlink') same('target', readlinkSync(path), node.target);
  else if (node.type === 'device') {
    const major = Math.floor(stat.rdev / 256) & 0xfff;
    const minor = (stat.rdev & 0xff) | (Math.floor(stat.rdev / 4096) & 0xfff00);
    same('device', `${String(major)}:${String(minor)}`, `${String(node.major)}:${String(node.minor)}`);
  }
  return faults;
}

/** Python reads attributes as bytes; Node.js cannot. */
const readXattrs =
  'import json,os,sys\nfor path,name in json.load(sys.stdin): print(os.getxattr(path,name,follow_symlinks=False).hex())';

function compareXattrs(nodes: readonly RandomNode[], folder: string): readonly string[] {
  const wanted = nodes.flatMap(({ path, xattrs }) =>
    [...(xattrs ?? [])].map(([name, value]) => ({ path, name, hex: Buffer.from(value).toString('hex') })),
  );
  if (wanted.length === 0) return [];
  const input = JSON.stringify(wanted.map(({ path, name }) => [join(folder, path), name]));
  const found = execFileSync('python3', ['-c', readXattrs], { encoding: 'utf8', input }).split('\n');
  return wanted.flatMap(({ path, name, hex }, i) =>
    found[i] === hex ? [] : [`${path}: ${name} ${String(found[i])}, expected ${hex}`],
  );
}
