import type { Context } from '../../../io/context.ts';
import type { Store } from '../../../store/store.ts';
import type { Node, Tree } from '../../../tree/node.ts';
import { overlay } from '../../../tree/overlay.ts';
import { runtimeTime } from '../../../passes/runtime-time.ts';
import type { Recording } from './database-files.ts';
import { apkRecords } from './record-apks.ts';
import { dpkgRecords } from './record-debs.ts';
import { opkgRecords } from './record-ipks.ts';

/**
 * The package database of an image with the packages that were laid on top, in the form that it has there: scanners and
 * the package manager see them. An image without a database gets none.
 */
export async function recordPackages(
  ctx: Context,
  store: Store,
  tree: Tree,
  recorded: Pick<Recording, 'spec' | 'packages'>,
): Promise<Tree> {
  const { packages } = recorded;
  const recording = { ...recorded, tree, store };
  const ofManager = (ending: RegExp): Recording => ({
    ...recording,
    packages: packages.filter(({ locked }) => ending.test(locked.path)),
  });
  const files = [
    ...(await dpkgRecords(ofManager(/\.deb$/u))),
    ...(await apkRecords(ctx, ofManager(/\.apk$/u))),
    ...(await opkgRecords(ofManager(/\.ipk$/u))),
  ];
  if (files.length === 0) return tree;
  const mtimeSeconds = runtimeTime(tree);
  const nodes: Node[] = [];
  for (const { path, mode, bytes } of files) {
    const origin = { kind: 'pass', pass: 'package-database' } as const;
    const content = await store.put(bytes);
    nodes.push({ type: 'file', path, mode, uid: 0, gid: 0, mtimeSeconds, origin, content });
  }
  return overlay(tree, nodes, { replaces: () => true }).tree;
}
