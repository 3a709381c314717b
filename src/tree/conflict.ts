import { KilopyError } from '../errors/kilopy-error.ts';
import type { Origin } from '../values/origin.ts';
import type { Node, SymlinkNode } from './node.ts';
import { originText } from './origin-text.ts';

/** Two sources, one path, different content. */
export function sameClaim(existing: Node, node: Node): KilopyError {
  return new KilopyError('KP7003', `/${node.path} comes from two sources, and they differ`, {
    where: whereOf(node.origin) ?? `/${node.path}`,
    why: `${originText(existing.origin)} brings ${describe(existing)}; ${originText(node.origin)} brings ${describe(node)}`,
    data: facts(existing, node),
  });
}

/** A file (or link, or device) and a folder at one path. */
export function fileAndFolder(existing: Node, node: Node): KilopyError {
  return new KilopyError('KP7006', `/${existing.path} is wanted as a folder and as ${withoutFolder(existing, node)}`, {
    where: whereOf(node.origin) ?? `/${existing.path}`,
    why: `${originText(existing.origin)} brings ${describe(existing)}; ${originText(node.origin)} brings ${describe(node)}`,
    data: facts(existing, node),
  });
}

/** A node below something that is no folder. */
export function notAFolder(existing: Node, node: Node): KilopyError {
  return new KilopyError('KP7006', `/${node.path} cannot be: /${existing.path} is no folder`, {
    where: whereOf(node.origin) ?? `/${node.path}`,
    why: `${originText(existing.origin)} brings ${describe(existing)}; ${originText(node.origin)} needs a folder there`,
    data: facts(existing, node),
  });
}

export function throughEscape(node: Node, link: SymlinkNode): KilopyError {
  return new KilopyError('KP7007', `/${node.path} would be placed through a link that leads out of the image`, {
    where: originText(node.origin),
    why: `/${link.path} -> ${link.target} (${originText(link.origin)}) climbs above the root`,
    data: facts(link, node),
  });
}

export function throughOwnLink(node: Node, link: SymlinkNode): KilopyError {
  return new KilopyError('KP7004', `${originText(node.origin)} writes /${node.path} through its own link`, {
    where: originText(node.origin),
    why: `/${link.path} -> ${link.target} comes from the same archive`,
    data: facts(link, node),
  });
}

export function unfit(node: Node, what: string): KilopyError {
  return new KilopyError('KP7005', `/${node.path} is ${what}, which ${originText(node.origin)} may not bring`, {
    where: whereOf(node.origin) ?? originText(node.origin),
    data: { path: node.path, origin: node.origin },
  });
}

function describe(node: Node): string {
  switch (node.type) {
    case 'file':
      return `a file of ${node.content.sizeBytes} bytes, mode ${mode(node)}, ${node.content.digest.slice(0, 19)}`;
    case 'directory':
      return 'a folder';
    case 'symlink':
      return `a link to ${node.target}`;
    case 'device':
    default:
      return node.device === 'fifo' ? 'a FIFO' : `a ${node.device} device ${node.major}:${node.minor}`;
  }
}

function withoutFolder(a: Node, b: Node): string {
  const other = a.type === 'directory' ? b : a;
  return other.type === 'symlink' ? 'a link' : other.type === 'device' ? 'a device' : 'a file';
}

function mode(node: Node): string {
  return `0${node.mode.toString(8)}`;
}

function whereOf(origin: Origin): KilopyError['where'] {
  return origin.kind === 'overlay' ? origin.where : undefined;
}

function facts(existing: Node, node: Node): Record<string, unknown> {
  return { path: node.path, origins: [existing.origin, node.origin] };
}
