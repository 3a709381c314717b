import type { Origin } from '../values/origin.ts';
import { fileAndFolder, sameClaim, unfit } from './conflict.ts';
import type { Node } from './node.ts';

export interface OverlayRules {
  /**
   * True when a file of `newer` takes the place of one of `older` (dpkg: `newer` declares Replaces). Asked both ways
   * round, because packages do not arrive in the order of their relations.
   */
  readonly replaces?: (newer: Origin, older: Origin) => boolean;
  /** Packages may bring device nodes. Default: they are refused. */
  readonly devices?: boolean;
}

/** A path that two sources wanted, and who has it now. */
export interface Replacement {
  readonly path: string;
  readonly winner: Origin;
  readonly loser: Origin;
  readonly why: 'overlay' | 'replaces' | 'folder-stays';
}

export interface Settlement {
  readonly keep: 'existing' | 'node';
  readonly record?: Replacement;
}

/** What becomes of two nodes at one path that are not both folders. Throws KP7003 and KP7006. */
export function settle(existing: Node, node: Node, rules: OverlayRules): Settlement {
  if (existing.type === 'directory' || node.type === 'directory') throw fileAndFolder(existing, node);
  if (isPrivileged(node.origin)) return { keep: 'node', record: record('overlay', node, existing) };
  if (isSameNode(existing, node)) return { keep: 'existing' };
  if (isPrivileged(existing.origin)) return { keep: 'existing', record: record('overlay', existing, node) };
  if (rules.replaces?.(node.origin, existing.origin) === true)
    return { keep: 'node', record: record('replaces', node, existing) };
  if (rules.replaces?.(existing.origin, node.origin) === true)
    return { keep: 'existing', record: record('replaces', existing, node) };
  throw sameClaim(existing, node);
}

/** What a person wrote under `files:`, and what a pass makes, goes over anything. */
export function isPrivileged(origin: Origin): boolean {
  return origin.kind === 'overlay' || origin.kind === 'pass';
}

/** Throws KP7005 on a device or a setuid file from a source that has no business with it. */
export function refuseUnfit(node: Node, rules: OverlayRules): void {
  const { kind } = node.origin;
  if (isPrivileged(node.origin) || kind === 'image') return;
  if (node.type === 'device' && (kind !== 'package' || rules.devices !== true)) throw unfit(node, 'a device node');
  if (node.type === 'file' && kind !== 'package' && (node.mode & 0o6000) !== 0)
    throw unfit(node, 'a setuid or setgid file');
}

/** Same kind, content and rights; times and origins aside. */
function isSameNode(a: Node, b: Node): boolean {
  if (a.type === 'symlink' && b.type === 'symlink') return a.target === b.target;
  if (a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid) return false;
  if (a.type === 'file' && b.type === 'file') return a.content.digest === b.content.digest;
  if (a.type !== 'device' || b.type !== 'device') return false;
  return a.device === b.device && a.major === b.major && a.minor === b.minor;
}

function record(why: Replacement['why'], winner: Node, loser: Node): Replacement {
  return { path: winner.path, winner: winner.origin, loser: loser.origin, why };
}
