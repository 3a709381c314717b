import { KilopyError } from '../errors/kilopy-error.ts';
import type { SourceLocation } from '../values/source-location.ts';

/** A URL of a repository without a slash at its end. Throws KP2003. */
export function checkUrl(text: string, where: SourceLocation | undefined): string {
  if (URL.canParse(text) && ['http:', 'https:', 'file:'].includes(new URL(text).protocol))
    return text.replace(/\/+$/, '');
  throw new KilopyError('KP2003', `"${text}" is not a URL that kilopy can read`, {
    where,
    fix: 'write one that begins with https://, http:// or file:///',
  });
}
