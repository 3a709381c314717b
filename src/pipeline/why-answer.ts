import type { Node, Tree } from '../tree/node.ts';
import { baseName, resolvePath } from '../tree/paths.ts';

/** Why something is in the image of one target, or was left out of it. */
export interface WhyAnswer {
  readonly target: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'device' | 'package';
  /** Path without a leading slash, or name of the package. */
  readonly subject: string;
  readonly state: 'present' | 'left-out';
  /** From the application to the subject. */
  readonly chain: readonly string[];
  /** What puts it back, when it was left out. */
  readonly keep: string | undefined;
  readonly sizeBytes: number;
  /** Its share of the compressed layer. */
  readonly wireBytes: number | undefined;
  /** Of a package: its files in the image, biggest first. */
  readonly files: readonly { readonly path: string; readonly sizeBytes: number }[];
}

export interface WhyResult {
  readonly subject: string;
  readonly answers: readonly WhyAnswer[];
}

/** By path, by a path through links, or by a file name that is there once. */
export function findNode(tree: Tree, subject: string): Node | undefined {
  const path = subject.replace(/^\/+|\/+$/gu, '');
  const exact = tree.get(path) ?? resolvePath(tree, path, { followLast: false }).node;
  if (exact !== undefined || path.includes('/')) return exact;
  const named = [...tree.values()].filter((node) => baseName(node.path) === path && node.type !== 'directory');
  return named.length === 1 ? named[0] : undefined;
}
