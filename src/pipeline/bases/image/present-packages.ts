import { parseDpkgStatus } from '../../../codec/packages/dpkg-status.ts';
import type { Store } from '../../../store/store.ts';
import { resolvePath } from '../../../tree/paths.ts';
import type { Tree } from '../../../tree/node.ts';

/** What solvers take for the feed of a package that an image has; no feed may be called like a base. */
export const imageFeed = 'image';

/** The package database of an image, as text of one form for all places where it may lie. */
export interface PresentPackages {
  readonly manager: 'dpkg' | 'apk' | 'opkg';
  /** dpkg and opkg: paragraphs of a status file; apk: its `installed`. */
  readonly text: string;
  /** Image and path, for messages. */
  readonly where: string;
}

const files: readonly { readonly manager: PresentPackages['manager']; readonly path: string }[] = [
  { manager: 'dpkg', path: 'var/lib/dpkg/status' },
  { manager: 'apk', path: 'lib/apk/db/installed' },
  { manager: 'apk', path: 'usr/lib/apk/db/installed' },
  { manager: 'opkg', path: 'usr/lib/opkg/status' },
];

/** Distroless images have one file for each package, beside their lists of checksums. */
const statusFolder = /^var\/lib\/dpkg\/status\.d\/[^/]+$/u;

/** The packages that an image says it has; undefined for one without a database, or with an empty one. */
export async function presentPackages(tree: Tree, store: Store, image: string): Promise<PresentPackages | undefined> {
  for (const { manager, path } of files) {
    const { node } = resolvePath(tree, path);
    if (node?.type !== 'file' || node.content.sizeBytes === 0) continue;
    const text = Buffer.from(await store.read(node.content)).toString('utf8');
    return { manager, text, where: `${image}: /${path}` };
  }
  const parts: string[] = [];
  for (const path of [...tree.keys()].filter((one) => statusFolder.test(one)).toSorted()) {
    const node = tree.get(path);
    if (node?.type !== 'file' || path.endsWith('.md5sums')) continue;
    const text = Buffer.from(await store.read(node.content))
      .toString('utf8')
      .trim();
    if (parseDpkgStatus(text, `${image}: /${path}`).length > 0) parts.push(text);
  }
  if (parts.length === 0) return undefined;
  return { manager: 'dpkg', text: `${parts.join('\n\n')}\n`, where: `${image}: /var/lib/dpkg/status.d` };
}
