import type { Node } from '../tree/node.ts';
import type { App } from './app.ts';

export interface AppPlace {
  /** Folder of the image without a leading slash. */
  readonly root: string;
  /** One time for everything: a checkout's own times differ from machine to machine. */
  readonly mtimeSeconds: number;
}

/** The application as nodes of a tree, with the folders above each file, owned by root and readable by everybody. */
export function appNodes(app: App, place: AppPlace): Node[] {
  const { root, mtimeSeconds } = place;
  const common = { uid: 0, gid: 0, mtimeSeconds };
  const nodes = new Map<string, Node>();
  for (const file of app.files) {
    const path = `${root}/${file.path}`;
    for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
      const folder = path.slice(0, at);
      if (nodes.has(folder)) continue;
      const origin = { kind: 'app', file: folder.slice(root.length + 1) } as const;
      nodes.set(folder, { type: 'directory', path: folder, mode: 0o755, ...common, origin });
    }
    nodes.set(path, {
      type: 'file',
      path,
      mode: file.executable ? 0o755 : 0o644,
      ...common,
      content: file.content,
      origin: { kind: 'app', file: file.path },
    });
  }
  return [...nodes.values()];
}
