import { join } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { FileNode, Node, Tree } from '../tree/node.ts';
import { sortedNodes } from '../tree/sort.ts';
import type { BlobSource } from '../values/blob.ts';
import type { Artifact } from './artifact.ts';
import { measure } from './measure.ts';
import { outputFileName } from './oci-names.ts';
import type { Output } from './output.ts';
import { replaceFolder } from './replace-folder.ts';
import { treeToTar } from './tar.ts';

const extension = 'rootfs';
const mediaType = 'inode/directory';
/** Without the right owner, setuid and setgid would give rights to the wrong one. */
const setIds = 0o6000;

/**
 * The root file system as a folder, made without root: names, contents, modes, symbolic and hard links. Owners, times,
 * setuid bits, devices and extended attributes need root or an archive; a note says what was left out.
 */
export const dir: Output = {
  extension,
  mediaType,
  perTarget: true,
  async emit(_ctx, { settings, targets, blobs }) {
    const artifacts: Artifact[] = [];
    for (const { target, tree } of targets) {
      const raw = await measure(treeToTar(tree, blobs));
      artifacts.push({
        format: 'dir',
        fileName: outputFileName(settings.name, target.fileLabel, extension),
        targets: [target.name],
        mediaType,
        digest: raw.digest,
        sizeBytes: fileBytes(tree),
        rawBytes: raw.sizeBytes,
        layers: [],
        async write(ctx, path) {
          await replaceFolder(ctx, path, (folder) => unpackTree(ctx, tree, blobs, folder));
          const left = leftOut(tree);
          if (left.length > 0)
            ctx.emit({
              type: 'note',
              text: `${path}: ${left.join(', ')} not kept in a folder; the output tar keeps them`,
            });
        },
      });
    }
    return artifacts;
  },
};

async function unpackTree(ctx: Context, tree: Tree, blobs: BlobSource, folder: string): Promise<void> {
  const { fs } = ctx;
  const nodes = sortedNodes(tree);
  const firstPaths = new Map<string, string>();
  for (const node of nodes) {
    ctx.signal.throwIfAborted();
    const to = placeOf(node, folder);
    if (node.type === 'directory') await fs.makeDirectory(to);
    else if (node.type === 'symlink') await fs.symlink(nameable(node.target, node), to);
    else if (node.type === 'file') {
      const first = node.inode === undefined ? undefined : firstPaths.get(node.inode);
      if (first === undefined) await writeFile(ctx, node, blobs, to);
      else await fs.hardLink(first, to);
      if (node.inode !== undefined) firstPaths.set(node.inode, first ?? to);
    }
  }
  // Last and deepest first: a folder may forbid its owner to write into it.
  for (const node of nodes.toReversed()) {
    if (node.type === 'directory') await fs.chmod(placeOf(node, folder), node.mode & ~setIds);
  }
}

async function writeFile(ctx: Context, node: FileNode, blobs: BlobSource, to: string): Promise<void> {
  await ctx.fs.writeFile(to, await blobs.read(node.content), 0o600);
  // Not by the mode above: the umask would take bits away.
  await ctx.fs.chmod(to, node.mode & ~setIds);
}

function placeOf(node: Node, folder: string): string {
  const parts = node.path.split('/');
  if (node.path !== '' && parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new Error(`a tree holds the path ${node.path}`);
  }
  return join(folder, nameable(node.path, node));
}

function nameable(text: string, node: Node): string {
  if (!/[\ud800-\udfff]/u.test(text)) return text;
  throw new KilopyError('KP8002', `a name is not UTF-8: ${JSON.stringify(node.path)}`, { where: node.path });
}

function fileBytes(tree: Tree): number {
  const seen = new Set<string>();
  let total = 0;
  for (const node of tree.values()) {
    if (node.type !== 'file' || (node.inode !== undefined && seen.has(node.inode))) continue;
    if (node.inode !== undefined) seen.add(node.inode);
    total += node.content.sizeBytes;
  }
  return total;
}

function leftOut(tree: Tree): string[] {
  const nodes = [...tree.values()];
  const found: string[] = [];
  if (nodes.some(({ uid, gid }) => uid !== 0 || gid !== 0)) found.push('owners');
  if (nodes.some(({ mode }) => (mode & setIds) !== 0)) found.push('setuid and setgid bits');
  const devices = nodes.filter(({ type }) => type === 'device').length;
  if (devices > 0) found.push(`${String(devices)} device nodes`);
  if (nodes.some(({ xattrs }) => (xattrs?.size ?? 0) > 0)) found.push('extended attributes');
  return found.length > 0 ? [...found, 'times'] : found;
}
