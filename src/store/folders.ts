import { join } from 'node:path';
import { hexOf, sha256 } from '../crypto/digest.ts';
import type { Digest } from '../values/digest.ts';

/** The folders below the root of a store, as store.ts describes them. */
export const folders = {
  blobs: 'blobs/sha256',
  derived: 'derived',
  partial: 'partial',
  locks: 'locks',
  tmp: 'tmp',
} as const;

export function blobPath(root: string, digest: Digest): string {
  const hex = hexOf(digest);
  return join(root, folders.blobs, hex.slice(0, 2), hex);
}

export function derivedPath(root: string, kind: string, key: string): string {
  const hex = hexOf(sha256(key));
  return join(root, folders.derived, kind, hex.slice(0, 2), hex);
}

export function partialPath(root: string, digest: Digest): string {
  return join(root, folders.partial, hexOf(digest));
}

export function lockPath(root: string, key: string): string {
  return join(root, folders.locks, hexOf(sha256(key)));
}
