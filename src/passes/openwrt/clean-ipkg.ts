import type { FileNode, Node, Tree } from '../../tree/node.ts';
import { isWithin } from '../../tree/paths.ts';
import type { BlobStore } from '../../values/blob.ts';

const database = 'usr/lib/opkg';

/**
 * What an ImageBuilder with CONFIG_CLEAN_IPKG leaves of opkg's database (include/rootfs.mk, clean_ipkg): of the control
 * files the users that packages require, of the status the list of configuration files, by which sysupgrade keeps them;
 * nothing that is empty then. opkg on the device knows no package any more.
 */
export async function cleanIpkg(tree: Tree, blobs: BlobStore): Promise<Tree> {
  const cleaned = new Map(tree);
  const rewrite = async (node: FileNode, change: (text: string) => string): Promise<void> => {
    const text = change(Buffer.from(await blobs.read(node.content)).toString('utf8'));
    if (text === '') cleaned.delete(node.path);
    else cleaned.set(node.path, { ...node, content: await blobs.put(Buffer.from(text)) });
  };
  for (const node of tree.values()) {
    if (node.type !== 'file' || !isWithin(node.path, database)) continue;
    if (node.path === `${database}/status`) await rewrite(node, conffilesOnly);
    else if (!node.path.startsWith(`${database}/info/`)) {
      if (node.content.sizeBytes === 0) cleaned.delete(node.path);
    } else if (node.path.endsWith('.control')) await rewrite(node, requiredUsers);
    else cleaned.delete(node.path);
  }
  return withoutEmptyFolders(cleaned);
}

function requiredUsers(control: string): string {
  return linesOf(control)
    .filter((line) => line.startsWith('Require-User: '))
    .join('');
}

function conffilesOnly(status: string): string {
  let isInside = false;
  const kept = linesOf(status).filter((line) => {
    const isFurther = line.startsWith(' ');
    if (!isFurther) isInside = line.startsWith('Conffiles:');
    return isFurther && isInside;
  });
  return `Conffiles:\n${kept.join('')}`;
}

function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n/gu) ?? [];
}

/** Deepest first, so that a folder of empty folders goes, too. */
function withoutEmptyFolders(tree: Tree): Tree {
  const kept = new Map<string, Node>(tree);
  const full = new Set<string>();
  for (const path of [...tree.keys()].toSorted((a, b) => b.length - a.length)) {
    const isEmptyFolder = tree.get(path)?.type === 'directory' && isWithin(path, database) && !full.has(path);
    if (isEmptyFolder) kept.delete(path);
    else full.add(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
  }
  return kept;
}
