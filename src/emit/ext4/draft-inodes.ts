import { encodePath } from '../../codec/path-text.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { DirectoryNode, Node, Tree } from '../../tree/node.ts';
import { sortedNodes } from '../../tree/sort.ts';
import type { BlobRef } from '../../values/blob.ts';
import { folderBlocks, isName, type FolderEntry } from './folders.ts';
import { firstInode, inlineSymlinkBytes, journalInode, rootInode, type kinds } from '../../codec/ext4/format.ts';
import { journalContent } from './journal.ts';
import { placeXattrs } from './xattrs.ts';

export type Content =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'blob'; readonly ref: BlobRef };

/** An inode, before it is known which blocks are its own. */
export interface DraftInode {
  readonly number: number;
  readonly facts: Pick<Node, 'mode' | 'uid' | 'gid' | 'mtimeSeconds'>;
  readonly kind: keyof typeof kinds;
  readonly links: number;
  readonly sizeBytes: number;
  /** What its blocks hold; undefined for an inode without any. */
  readonly content: Content | undefined;
  /** What stands in the inode in the place of extents: the target of a link, the number of a device. */
  readonly inline: Uint8Array | undefined;
  /** Behind the times of the inode. */
  readonly xattrs: Uint8Array | undefined;
  /** In a block of their own. */
  readonly xattrBytes: Uint8Array | undefined;
}

/** More folders than this in one, and its count of links says 1 (feature dir_nlink). */
const maxLinks = 65_000;

/**
 * Every inode of a tree in the order of their numbers: root, journal, lost+found, then by path.
 *
 * @throws KilopyError KP8011 for what ext4 cannot keep
 */
export function draftInodes(
  tree: Tree,
  blockBytes: number,
  journalBlocks: number | undefined,
  timeSeconds: number,
): readonly DraftInode[] {
  const nodes = sortedNodes(tree).filter(({ path }) => path !== '');
  const numbers = numberNodes(nodes);
  const root = tree.get('') ?? folderNode('', timeSeconds, 0o755);
  const lost = tree.get('lost+found') ?? folderNode('lost+found', timeSeconds, 0o700);
  const all: readonly Node[] = [root, ...(tree.has('lost+found') ? [] : [lost]), ...nodes];
  const folders = new Map<string, FolderEntry[]>([['', []]]);
  const links = new Map<number, number>();
  for (const node of all) {
    if (node.type === 'directory') folders.set(node.path, folders.get(node.path) ?? []);
    if (node.path === '') continue;
    const [parent, name] = splitPath(node.path);
    const inode = numberOf(numbers, node.path);
    folders.get(parent)?.push({ inode, name: checkName(name, node.path), kind: kindOf(node) });
    links.set(inode, (links.get(inode) ?? 0) + 1);
  }
  const drafts = new Map<number, DraftInode>();
  for (const node of all) {
    const number = node.path === '' ? rootInode : numberOf(numbers, node.path);
    if (drafts.has(number)) continue;
    const xattrs = placeXattrs(node.xattrs, blockBytes, node.path);
    const common = {
      number,
      facts: node,
      kind: kindOf(node),
      xattrs: xattrs.inInode,
      xattrBytes: xattrs.block,
      inline: undefined,
      content: undefined,
    };
    if (node.type === 'directory') {
      const entries = folders.get(node.path) ?? [];
      const above = node.path === '' ? rootInode : numberOf(numbers, splitPath(node.path)[0]);
      const bytes = folderBlocks([...dots(number, above), ...entries], blockBytes);
      const count = 2 + entries.filter(({ kind }) => kind === 'directory').length;
      const content = { kind: 'bytes', bytes } as const;
      drafts.set(number, { ...common, links: count > maxLinks ? 1 : count, sizeBytes: bytes.length, content });
    } else drafts.set(number, { ...common, links: links.get(number) ?? 1, ...contentOf(node, blockBytes) });
  }
  if (journalBlocks !== undefined) drafts.set(journalInode, journalDraft(journalBlocks, blockBytes, timeSeconds));
  return [...drafts.values()].sort((a, b) => a.number - b.number);
}

/** Hard links have one number together. lost+found has the first, whoever made it. */
function numberNodes(nodes: readonly Node[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>([
    ['', rootInode],
    ['lost+found', firstInode],
  ]);
  const shared = new Map<string, number>();
  let next = firstInode + 1;
  for (const node of nodes) {
    if (numbers.has(node.path)) continue;
    const inode = node.type === 'file' ? node.inode : undefined;
    const number = (inode === undefined ? undefined : shared.get(inode)) ?? next++;
    if (inode !== undefined) shared.set(inode, number);
    numbers.set(node.path, number);
  }
  return numbers;
}

function numberOf(numbers: ReadonlyMap<string, number>, path: string): number {
  const number = numbers.get(path);
  if (number === undefined) throw new TypeError(`the tree has no ${path}`);
  return number;
}

function folderNode(path: string, mtimeSeconds: number, mode: number): DirectoryNode {
  return { type: 'directory', path, mode, uid: 0, gid: 0, mtimeSeconds, origin: { kind: 'pass', pass: 'ext4' } };
}

function dots(own: number, above: number): readonly FolderEntry[] {
  return [
    { inode: own, name: Buffer.from('.'), kind: 'directory' },
    { inode: above, name: Buffer.from('..'), kind: 'directory' },
  ];
}

function kindOf(node: Node): keyof typeof kinds {
  return node.type === 'device' ? node.device : node.type;
}

function contentOf(
  node: Exclude<Node, DirectoryNode>,
  blockBytes: number,
): Pick<DraftInode, 'sizeBytes' | 'content' | 'inline'> {
  if (node.type === 'file') {
    const { sizeBytes } = node.content;
    const content = sizeBytes === 0 ? undefined : ({ kind: 'blob', ref: node.content } as const);
    return { sizeBytes, content, inline: undefined };
  }
  if (node.type === 'symlink') {
    const bytes = encodePath(node.target);
    if (bytes.length < inlineSymlinkBytes) return { sizeBytes: bytes.length, content: undefined, inline: bytes };
    if (bytes.length < blockBytes)
      return { sizeBytes: bytes.length, content: { kind: 'bytes', bytes }, inline: undefined };
    throw new KilopyError('KP8011', `the target of the symbolic link /${node.path} is too long for ext4`, {
      why: `it has ${String(bytes.length)} bytes, and a block has ${String(blockBytes)}`,
    });
  }
  return { sizeBytes: 0, content: undefined, inline: deviceNumber(node.major, node.minor) };
}

/** The old form where it is enough, else the new one in the second word (fs/ext4/inode.c). */
function deviceNumber(major: number, minor: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  if (major < 256 && minor < 256) bytes.writeUInt32LE((major << 8) | minor, 0);
  else bytes.writeUInt32LE(((minor & 0xff) | (major << 8) | ((minor & 0xfff00) << 12)) >>> 0, 4);
  return bytes;
}

function journalDraft(blocks: number, blockBytes: number, mtimeSeconds: number): DraftInode {
  return {
    number: journalInode,
    facts: { mode: 0o600, uid: 0, gid: 0, mtimeSeconds },
    kind: 'file',
    links: 1,
    sizeBytes: blocks * blockBytes,
    content: { kind: 'bytes', bytes: journalContent(blocks, blockBytes) },
    inline: undefined,
    xattrs: undefined,
    xattrBytes: undefined,
  };
}

function splitPath(path: string): readonly [string, string] {
  const at = path.lastIndexOf('/');
  return at === -1 ? ['', path] : [path.slice(0, at), path.slice(at + 1)];
}

function checkName(name: string, path: string): Uint8Array {
  const bytes = encodePath(name);
  if (isName(bytes)) return bytes;
  throw new KilopyError('KP8011', `the name of /${path} is too long for ext4`, {
    why: `it has ${String(bytes.length)} bytes, and 255 are allowed`,
  });
}
