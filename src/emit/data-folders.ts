import type { Tree } from '../tree/node.ts';

/** Folders that the user asked for and put nothing into, such as `/data`: what the application writes goes there. */
export function dataFolders(tree: Tree): readonly string[] {
  const folders = [...tree.values()].filter(({ type, origin }) => type === 'directory' && origin.kind === 'overlay');
  const isEmpty = (path: string): boolean => ![...tree.keys()].some((other) => other.startsWith(`${path}/`));
  return folders
    .filter(({ path }) => isEmpty(path))
    .map(({ path }) => `/${path}`)
    .sort();
}
