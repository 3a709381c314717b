import { comparePaths } from '../codec/path-text.ts';
import type { FileNode, Tree } from '../tree/node.ts';
import { baseName, isWithin, parentOf, resolvePath } from '../tree/paths.ts';
import type { BlobSource } from '../values/blob.ts';

export interface Licences {
  /** For `licences.txt`: every licence text once, under the names of its packages, and which packages bring none. Never empty. */
  readonly text: string;
}

const docFolder = 'usr/share/doc';
/** Of apk, and of kilopy's own runtimes: files in a folder with the name of the package. */
const licenceFolder = 'usr/share/licenses';
const rule = '='.repeat(78);

/**
 * The licence texts of all packages in the tree (Debian: /usr/share/doc/PACKAGE/copyright, also where the folder is a
 * link to another package’s; apk: the files in /usr/share/licenses/PACKAGE). Packages with the same text share it. Run it before `slim`, which drops the files.
 */
export async function collectLicences(tree: Tree, blobs: BlobSource): Promise<Licences> {
  const holders = new Map<string, string[]>();
  const missing: string[] = [];
  for (const [name, label] of packagesOf(tree)) {
    const texts: string[] = [];
    for (const { content } of licenceOf(tree, name).files)
      texts.push(
        Buffer.from(await blobs.read(content))
          .toString('utf8')
          .trimEnd(),
      );
    if (texts.length === 0) {
      missing.push(label);
      continue;
    }
    const text = texts.join('\n\n');
    holders.set(text, [...(holders.get(text) ?? []), label]);
  }
  const parts = [...holders].map(([text, labels]) => `${rule}\n${labels.join('\n')}\n${rule}\n\n${text}\n`);
  if (missing.length > 0)
    parts.push(`${rule}\nPackages that bring no licence text\n${rule}\n\n${missing.join('\n')}\n`);
  return { text: parts.length === 0 ? 'Nothing in this image is from a package.\n' : parts.join('\n') };
}

/** What has to stay for packages to have their licence texts in the image: the files, and links on the way to them. */
export function licencePaths(tree: Tree, packages: ReadonlySet<string>): readonly string[] {
  return [...packages].flatMap((name) => {
    const { files, links } = licenceOf(tree, name);
    return [...files.map(({ path }) => path), ...links];
  });
}

interface Licence {
  readonly files: readonly FileNode[];
  /** Paths of links that lead to them. */
  readonly links: readonly string[];
}

function licenceOf(tree: Tree, name: string): Licence {
  const { node, links } = resolvePath(tree, `${docFolder}/${name}/copyright`);
  if (node?.type === 'file') return { files: [node], links: links.map(({ path }) => path) };
  const folder = `${licenceFolder}/${name}`;
  if (!tree.has(folder)) return { files: [], links: [] };
  const files = [...tree.values()].filter((one): one is FileNode => one.type === 'file' && isWithin(one.path, folder));
  return { files: files.toSorted((a, b) => comparePaths(a.path, b.path)), links: [] };
}

/** Paths of all licence texts, in order. */
export function copyrightPaths(tree: Tree): string[] {
  return [...tree.values()]
    .filter((node) => node.type !== 'directory' && isLicence(node.path))
    .map((node) => node.path)
    .toSorted(comparePaths);
}

function isLicence(path: string): boolean {
  return (baseName(path) === 'copyright' && parentOf(parentOf(path)) === docFolder) || isWithin(path, licenceFolder);
}

/** `NAME VERSION` of every package, by name, in order. */
function packagesOf(tree: Tree): [name: string, label: string][] {
  const labels = new Map<string, string>();
  for (const { origin } of tree.values())
    if (origin.kind === 'package') labels.set(origin.name, `${origin.name} ${origin.version}`);
  return [...labels].toSorted(([a], [b]) => comparePaths(a, b));
}
