import { KilopyError } from '../../errors/kilopy-error.ts';
import { parseReference, type ImageReference } from '../../registry/reference.ts';
import { isPath } from './image-place.ts';

/** A reference that something can be pushed to. Throws KP6101 for a path, with `usage` as what to do, and for a digest. */
export function writableReference(text: string, usage: string): ImageReference {
  if (isPath(text)) {
    throw new KilopyError('KP6101', `"${text}" is a path and no reference to an image`, { fix: usage });
  }
  const reference = parseReference(text);
  if (reference.digest === undefined) return reference;
  throw new KilopyError('KP6101', `"${text}" names a digest, which cannot be written to`, { fix: 'write a tag' });
}
