import type { DirectoryNode, Tree } from '../tree/node.ts';
import { overlay } from '../tree/overlay.ts';
import type { PassResult } from './pass-result.ts';
import { runtimeTime } from './runtime-time.ts';

export interface MountPointsReport {
  readonly added: readonly string[];
}

/** Modes as base-files has them; proc and sys are covered by mounts. */
const folders: readonly (readonly [path: string, mode: number])[] = [
  ['dev', 0o755],
  ['proc', 0o555],
  ['sys', 0o555],
  ['tmp', 0o1777],
];

/**
 * The folders that every machine mounts something on, and a /tmp that everybody may write to. A runtime with a
 * read-only root cannot make them any more. Those that exist stay as they are. Pure.
 */
export function addMountPoints(tree: Tree): PassResult<MountPointsReport> {
  const mtimeSeconds = runtimeTime(tree);
  const origin = { kind: 'pass', pass: 'mount-points' } as const;
  const added = folders
    .filter(([path]) => !tree.has(path))
    .map(([path, mode]): DirectoryNode => ({ type: 'directory', path, mode, uid: 0, gid: 0, mtimeSeconds, origin }));
  return { tree: overlay(tree, added).tree, report: { added: added.map((node) => node.path) } };
}
