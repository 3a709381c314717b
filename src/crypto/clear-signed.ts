import { KilopyError } from '../errors/kilopy-error.ts';

/** The two halves of clear-signed text. */
export interface ClearSigned {
  /** The signed text: dash escapes undone, trailing blanks of lines removed (they are not signed), LF, final LF. */
  readonly text: string;
  readonly armoredSignature: string;
}

const beginMessage = '-----BEGIN PGP SIGNED MESSAGE-----';
const beginSignature = '-----BEGIN PGP SIGNATURE-----';
const endSignature = '-----END PGP SIGNATURE-----';

/**
 * Takes the cleartext signature framework apart (RFC 9580, section 7). Stricter than the RFC where leniency has let
 * unsigned text through elsewhere: nothing may stand before or after the message, `Hash` is the only header, and a
 * line of the text that begins with a dash must be escaped. Throws KP5004.
 *
 * @param where URL or file, for messages
 */
export function parseClearSigned(bytes: Uint8Array, where: string): ClearSigned {
  const lines = decode(bytes, where).split('\n').map(withoutTrailingBlanks);
  if (lines[0] !== beginMessage) throw unreadable(where, `it does not begin with ${beginMessage}`, 1);
  const blank = lines.indexOf('');
  const strange = lines.slice(1, Math.max(blank, 1)).findIndex((line) => !/^Hash: [\w, -]+$/u.test(line));
  if (blank === -1 || strange !== -1) throw unreadable(where, 'a header other than Hash', strange + 2);
  const middle = lines.indexOf(beginSignature, blank);
  if (middle === -1) throw unreadable(where, 'the signature is missing', lines.length);
  const end = lines.indexOf(endSignature, middle);
  if (end === -1) throw unreadable(where, 'the signature is cut short', lines.length);
  const after = lines.findIndex((line, index) => index > end && line !== '');
  if (after !== -1) throw unreadable(where, 'something follows the signature', after + 1);
  const text = lines.slice(blank + 1, middle).map((line, index) => unescapeLine(line, where, blank + index + 2));
  return { text: `${text.join('\n')}\n`, armoredSignature: `${lines.slice(middle, end + 1).join('\n')}\n` };
}

function decode(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw unreadable(where, 'it is not UTF-8 text', undefined, error);
  }
}

function withoutTrailingBlanks(line: string): string {
  let end = line.length;
  while (end > 0 && ' \t\r'.includes(line.charAt(end - 1))) end -= 1;
  return line.slice(0, end);
}

function unescapeLine(line: string, where: string, lineNumber: number): string {
  if (!line.startsWith('-')) return line;
  // A line `- ` alone has lost its blank above.
  if (line === '-') return '';
  if (!line.startsWith('- ')) throw unreadable(where, 'a line that begins with a dash is not escaped', lineNumber);
  return line.slice(2);
}

function unreadable(where: string, why: string, line?: number, cause?: unknown): KilopyError {
  return new KilopyError('KP5004', 'The clear-signed text cannot be read', {
    where: line === undefined ? where : { file: where, line },
    why,
    cause,
  });
}
