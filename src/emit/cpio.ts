import { encodePath } from '../codec/path-text.ts';
import type { FileNode, Node, Tree } from '../tree/node.ts';
import { sortedNodes } from '../tree/sort.ts';
import type { BlobSource } from '../values/blob.ts';

/** Bits of st_mode that say what an entry is (inode(7)). */
const typeBits = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const;
const deviceBits = { char: 0o020000, block: 0o060000, fifo: 0o010000 } as const;

/**
 * A tree as a cpio archive of the form that Linux unpacks as initramfs (`newc`, Documentation/driver-api/early-userspace/
 * buffer-format.rst): a folder before what is in it, names without `./`, with owners and times. Files that share an inode share a
 * number; the last of them carries the content, as the kernel expects. Extended attributes have no place in it.
 *
 * Numbers have 32 bits: a file of 4 GiB or more throws a RangeError, and times before 1970 or after 2106 become the nearest one.
 */
export async function* treeToCpio(tree: Tree, blobs: BlobSource): AsyncGenerator<Uint8Array, void> {
  const links = linkCounts(tree);
  const numbers = new Map<string, number>();
  const seen = new Map<string, number>();
  let next = 1;
  for (const node of sortedNodes(tree)) {
    if (node.path === '') continue;
    const inode = node.type === 'file' ? node.inode : undefined;
    const number = inode === undefined ? next++ : (numbers.get(inode) ?? next++);
    const count = inode === undefined ? 1 : (links.get(inode) ?? 1);
    if (inode !== undefined) {
      numbers.set(inode, number);
      seen.set(inode, (seen.get(inode) ?? 0) + 1);
    }
    const hasContent = inode === undefined || seen.get(inode) === count;
    yield* entry(node, number, node.type === 'directory' ? 2 : count, hasContent, blobs);
  }
  yield padded(
    Buffer.concat([header({ sizeBytes: 0, links: 1, nameBytes: trailer.length + 1 }), Buffer.from(`${trailer}\0`)]),
  );
}

const trailer = 'TRAILER!!!';

async function* entry(
  node: Node,
  number: number,
  links: number,
  hasContent: boolean,
  blobs: BlobSource,
): AsyncGenerator<Uint8Array, void> {
  const target = node.type === 'symlink' ? encodePath(node.target) : undefined;
  const file: FileNode | undefined = node.type === 'file' && hasContent ? node : undefined;
  const sizeBytes = target?.length ?? file?.content.sizeBytes ?? 0;
  if (sizeBytes > 0xffff_ffff) throw new RangeError(`${node.path} is too large for cpio`);
  const name = encodePath(node.path);
  const fields = { ...node, number, links, sizeBytes, nameBytes: name.length + 1, mode: node.mode | bitsOf(node) };
  const device = node.type === 'device' ? { major: node.major, minor: node.minor } : {};
  yield padded(Buffer.concat([header({ ...fields, ...device }), name, Buffer.of(0)]));
  if (target !== undefined) yield padded(target);
  if (file === undefined) return;
  yield* blobs.open(file.content);
  const rest = sizeBytes % 4;
  if (rest > 0) yield new Uint8Array(4 - rest);
}

interface HeaderFields {
  readonly number?: number;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly links: number;
  readonly mtimeSeconds?: number;
  readonly sizeBytes: number;
  readonly major?: number;
  readonly minor?: number;
  readonly nameBytes: number;
}

/** Magic and 13 numbers of eight hexadecimal digits; device of the file system and checksum are 0. */
function header(fields: HeaderFields): Uint8Array {
  const { number = 0, mode = 0, uid = 0, gid = 0, links, mtimeSeconds = 0, sizeBytes, major = 0, minor = 0 } = fields;
  const numbers = [
    number,
    mode,
    uid,
    gid,
    links,
    timeOf(mtimeSeconds),
    sizeBytes,
    0,
    0,
    major,
    minor,
    fields.nameBytes,
    0,
  ];
  return Buffer.from(`070701${numbers.map((value) => value.toString(16).padStart(8, '0').toUpperCase()).join('')}`);
}

function timeOf(seconds: number): number {
  return Math.min(Math.max(seconds, 0), 0xffff_ffff);
}

function padded(bytes: Uint8Array): Uint8Array {
  const rest = bytes.length % 4;
  return rest === 0 ? bytes : Buffer.concat([bytes, new Uint8Array(4 - rest)]);
}

function bitsOf(node: Node): number {
  return node.type === 'device' ? deviceBits[node.device] : typeBits[node.type];
}

function linkCounts(tree: Tree): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const node of tree.values()) {
    if (node.type === 'file' && node.inode !== undefined) counts.set(node.inode, (counts.get(node.inode) ?? 0) + 1);
  }
  return counts;
}
