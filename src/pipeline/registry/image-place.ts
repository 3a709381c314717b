import { resolve } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { parseReference, type ImageReference } from '../../registry/reference.ts';

/** Where an image is or shall be. */
export type ImagePlace =
  | { readonly kind: 'registry'; readonly reference: ImageReference; readonly shown: string }
  /** An archive or a folder; absolute. */
  | { readonly kind: 'path'; readonly path: string; readonly shown: string; readonly form: 'archive' | 'folder' };

/**
 * A place as a person writes it: a path that says so (`./x`, `/x`, `~`), or has the ending of an archive, or skopeo's
 * `oci:FOLDER`, `oci-archive:FILE`, `docker://REFERENCE`; everything else is a reference. Throws KP6101.
 */
export function parsePlace(ctx: Context, text: string): ImagePlace {
  const [, transport, rest = ''] = /^(oci|oci-archive|docker-archive):(?!\/\/)(.*)$/su.exec(text) ?? [];
  if (transport !== undefined) return pathPlace(ctx, rest, text, transport === 'oci' ? 'folder' : 'archive');
  if (isPath(text)) return pathPlace(ctx, text, text, isArchive(text) ? 'archive' : 'folder');
  return { kind: 'registry', reference: parseReference(text), shown: text };
}

/** Whether a text is a path and not the name of an image in a registry. */
export function isPath(text: string): boolean {
  return /^(?:\.{0,2}\/|\.{1,2}$|~)/u.test(text) || isArchive(text);
}

function isArchive(text: string): boolean {
  return /\.(?:tar|tgz|tar\.\w+)$/u.test(text);
}

function pathPlace(ctx: Context, path: string, shown: string, form: 'archive' | 'folder'): ImagePlace {
  if (path === '')
    throw new KilopyError('KP6101', `"${shown}" names no file`, { fix: 'write oci:FOLDER or oci-archive:FILE' });
  return { kind: 'path', path: resolve(ctx.cwd, path), shown, form };
}
