import { comparePaths } from '../codec/path-text.ts';
import type { Tree } from '../tree/node.ts';
import { baseName, parentOf, resolvePath } from '../tree/paths.ts';
import type { BlobSource } from '../values/blob.ts';

export interface Licences {
  /** For `licences.txt`: every copyright file once, under the names of its packages. */
  readonly text: string;
  /** Packages in the tree that bring no copyright file, by name. */
  readonly missing: readonly string[];
}

const docFolder = 'usr/share/doc';
const rule = '='.repeat(78);

/**
 * The licence texts of all packages in the tree (Debian: /usr/share/doc/PACKAGE/copyright, also where the folder is a
 * link to another package’s). Packages with the same text share it. Run it before `slim`, which drops the files.
 */
export async function collectLicences(tree: Tree, blobs: BlobSource): Promise<Licences> {
  const holders = new Map<string, string[]>();
  const missing: string[] = [];
  for (const [name, label] of packagesOf(tree)) {
    const { node } = resolvePath(tree, `${docFolder}/${name}/copyright`);
    if (node?.type !== 'file') {
      missing.push(name);
      continue;
    }
    const text = Buffer.from(await blobs.read(node.content))
      .toString('utf8')
      .trimEnd();
    holders.set(text, [...(holders.get(text) ?? []), label]);
  }
  const parts = [...holders].map(([text, labels]) => `${rule}\n${labels.join('\n')}\n${rule}\n\n${text}\n`);
  return { text: parts.join('\n'), missing };
}

/** Paths of all copyright files, in order. */
export function copyrightPaths(tree: Tree): string[] {
  return [...tree.values()]
    .filter((node) => node.type !== 'directory' && isCopyright(node.path))
    .map((node) => node.path)
    .toSorted(comparePaths);
}

function isCopyright(path: string): boolean {
  return baseName(path) === 'copyright' && parentOf(parentOf(path)) === docFolder;
}

/** `NAME VERSION` of every package, by name, in order. */
function packagesOf(tree: Tree): [name: string, label: string][] {
  const labels = new Map<string, string>();
  for (const { origin } of tree.values())
    if (origin.kind === 'package') labels.set(origin.name, `${origin.name} ${origin.version}`);
  return [...labels].toSorted(([a], [b]) => comparePaths(a, b));
}
