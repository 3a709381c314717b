import { decodePath } from '../../../codec/path-text.ts';
import type { Store } from '../../../store/store.ts';
import type { Node, Tree } from '../../../tree/node.ts';
import { resolvePath } from '../../../tree/paths.ts';
import type { Spec } from '../../../spec/spec.ts';
import type { FetchedPackage } from '../base-feed.ts';

/** A file of a package database, with a path that goes through no link. */
export interface DatabaseFile {
  readonly path: string;
  readonly mode: number;
  readonly bytes: Uint8Array;
}

/** What the writers of the three databases work on. */
export interface Recording {
  readonly spec: Pick<Spec, 'packages'>;
  readonly packages: readonly FetchedPackage[];
  readonly tree: Tree;
  readonly store: Store;
}

/**
 * The text of a file of the image (that of `decodePath`, so that what is no UTF-8 stays), and the path that it really has; undefined where there is none. An empty
 * file is none, too, unless `mayBeEmpty`.
 */
export async function databaseText(
  { tree, store }: Pick<Recording, 'tree' | 'store'>,
  path: string,
  mayBeEmpty = false,
): Promise<{ readonly path: string; readonly text: string } | undefined> {
  const { node } = resolvePath(tree, path);
  if (node?.type !== 'file' || (node.content.sizeBytes === 0 && !mayBeEmpty)) return undefined;
  return { path: node.path, text: decodePath(await store.read(node.content)) };
}

/** Where a folder of the image really is; undefined where there is none. */
export function databaseFolder(tree: Tree, path: string): string | undefined {
  const { node } = resolvePath(tree, path);
  return node?.type === 'directory' ? node.path : undefined;
}

/** What is left of a package in the tree. */
export function filesOf(tree: Tree, name: string): readonly Node[] {
  return [...tree.values()].filter(({ origin }) => origin.kind === 'package' && origin.name === name);
}
