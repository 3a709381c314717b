import type { Node, Tree } from '../../tree/node.ts';
import { overlay } from '../../tree/overlay.ts';
import type { BlobRef, BlobStore } from '../../values/blob.ts';
import type { DebianKernelFiles } from './debian-kernel.ts';

/** As device/modules/load.c has them. */
const [listPath, nextPath, folder] = ['usr/lib/kilopy/modules', 'usr/lib/kilopy/first', 'lib/modules'];

/** The same root file system with modules, which are loaded before anything is started. */
export async function withModules(
  blobs: BlobStore,
  tree: Tree,
  loader: BlobRef,
  modules: DebianKernelFiles['modules'],
  mtimeSeconds: number,
): Promise<Tree> {
  const first = tree.get('init');
  if (first === undefined || first.type === 'directory') throw new Error('an initramfs without a first process');
  const origin = { kind: 'pass', pass: 'modules' } as const;
  const common = { type: 'file', uid: 0, gid: 0, mtimeSeconds, origin } as const;
  const paths = modules.map(({ name }) => `${folder}/${name}.ko`);
  const list = await blobs.put(Buffer.from(paths.map((path) => `/${path}\n`).join('')));
  const nodes: Node[] = [
    ...modules.map(({ content }, i): Node => ({ ...common, path: paths[i] ?? '', mode: 0o644, content })),
    { ...common, path: listPath, mode: 0o644, content: list },
    { ...first, path: nextPath },
    { ...common, path: 'init', mode: 0o755, content: loader },
  ];
  return overlay(tree, nodes, { replaces: () => true }).tree;
}
