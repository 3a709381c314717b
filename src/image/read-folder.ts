import { join } from 'node:path';
import type { Context } from '../io/context.ts';
import type { Node, Tree } from '../tree/node.ts';
import { joinPath } from '../tree/paths.ts';
import type { Origin } from '../values/origin.ts';
import type { ContentSink } from './content-sink.ts';

/**
 * A folder on this machine as a tree, contents into `blobs`: modes, owners, link targets, device numbers and hard links
 * as lstat(2) has them. Node.js cannot read extended attributes, so there are none. Sockets are passed over.
 */
export async function readFolder(ctx: Context, folder: string, blobs: ContentSink): Promise<Tree> {
  const nodes = new Map<string, Node>();
  const origin: Origin = { kind: 'image', reference: folder, layer: 'folder' };
  await addNode(ctx, folder, '', { nodes, origin, blobs });
  return nodes;
}

interface FolderState {
  readonly nodes: Map<string, Node>;
  readonly origin: Origin;
  readonly blobs: ContentSink;
}

async function addNode(ctx: Context, absolute: string, path: string, state: FolderState): Promise<void> {
  const stat = await (path === '' ? ctx.fs.stat(absolute) : ctx.fs.lstat(absolute));
  const { nodes, origin, blobs } = state;
  const common = {
    path,
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtimeSeconds: Number(stat.mtimeNs / 1_000_000_000n),
    origin,
  };
  if (stat.isDirectory()) {
    nodes.set(path, { ...common, type: 'directory' });
    for (const { name } of await ctx.fs.readDirectory(absolute))
      await addNode(ctx, join(absolute, name), joinPath(path, name), state);
  } else if (stat.isSymbolicLink())
    nodes.set(path, { ...common, type: 'symlink', target: await ctx.fs.readLink(absolute) });
  else if (stat.isFile()) {
    const content = await blobs.putStream(ctx.fs.readStream(absolute), path, 'folder');
    const inode = stat.nlink > 1n ? { inode: `${String(stat.dev)}:${String(stat.ino)}` } : {};
    nodes.set(path, { ...common, ...inode, type: 'file', content });
  } else if (stat.isBlockDevice() || stat.isCharacterDevice() || stat.isFIFO()) {
    const device = stat.isFIFO() ? 'fifo' : stat.isBlockDevice() ? 'block' : 'char';
    nodes.set(path, { ...common, type: 'device', device, ...deviceNumbers(device === 'fifo' ? 0n : stat.rdev) });
  }
}

/** gnu_dev_major(3) and gnu_dev_minor(3). */
function deviceNumbers(rdev: bigint): { readonly major: number; readonly minor: number } {
  return {
    major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn)),
    minor: Number((rdev & 0xffn) | ((rdev >> 12n) & ~0xffn)),
  };
}
