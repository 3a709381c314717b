import { archiveError, unsupportedError } from './archive-error.ts';
import { decodePath } from './path-text.ts';

export interface ArMember {
  readonly name: string;
  readonly mtimeSeconds: number;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** Byte offset of the content in the archive. */
  readonly offset: number;
  /** A view into the input. */
  readonly body: Uint8Array;
}

const magic = '!<arch>\n';
const thinMagic = '!<thin>\n';
const headerBytes = 60;

/** ar(5), "common format": text fields padded with blanks. */
const places = {
  name: [0, 16],
  mtime: [16, 28],
  uid: [28, 34],
  gid: [34, 40],
  mode: [40, 48],
  size: [48, 58],
  end: [58, 60],
} as const;

/**
 * Reads an ar archive: plain, GNU (`name/`, long names in the member `//`) and BSD (`#1/LENGTH`). Symbol tables (`/`,
 * `/SYM64/`, `__.SYMDEF`) are passed over. A .deb is one (deb(5)).
 *
 * @throws KP4001 for damage with offset and member, KP4002 for thin archives.
 */
export function* readAr(bytes: Uint8Array): Generator<ArMember, void> {
  const start = latin1(bytes.subarray(0, magic.length));
  if (start === thinMagic) throw unsupportedError('ar', 0, undefined, 'a thin archive holds no contents');
  if (start !== magic) throw archiveError('ar', 0, undefined, 'this is not an ar archive');
  let longNames: Uint8Array = new Uint8Array(0);
  let position = magic.length;
  while (position < bytes.length) {
    const header = bytes.subarray(position, position + headerBytes);
    if (header.length < headerBytes) throw archiveError('ar', position, undefined, 'the archive ends inside a header');
    const text = (place: keyof typeof places): string => latin1(header.subarray(...places[place])).trimEnd();
    const stored = text('name');
    if (text('end') !== '`') throw archiveError('ar', position, stored, 'a member header is malformed');
    const number = (place: keyof typeof places, base: 8 | 10): number =>
      parseNumber(text(place), base) ?? malformed(position, stored, place);
    const sizeBytes = number('size', 10);
    const offset = position + headerBytes;
    const end = offset + sizeBytes;
    if (end > bytes.length) throw archiveError('ar', offset, stored, 'the archive ends inside a member');
    const content = bytes.subarray(offset, end);
    if (stored === '//') longNames = content;
    else if (stored !== '/' && stored !== '/SYM64/') {
      const { name, skip } = memberName(stored, content, longNames, position);
      const fields = { mtimeSeconds: number('mtime', 10), uid: number('uid', 10), gid: number('gid', 10) };
      if (!name.startsWith('__.SYMDEF')) {
        yield { name, ...fields, mode: number('mode', 8), offset: offset + skip, body: content.subarray(skip) };
      }
    }
    position = end + (sizeBytes % 2);
  }
}

function memberName(
  stored: string,
  content: Uint8Array,
  longNames: Uint8Array,
  position: number,
): { readonly name: string; readonly skip: number } {
  const gnu = /^\/([0-9]+)$/.exec(stored)?.[1];
  if (gnu !== undefined) {
    const at = Number(gnu);
    const end = longNames.indexOf(0x0a, at);
    if (at >= longNames.length || end === -1)
      throw archiveError('ar', position, stored, 'a long name is not in the table');
    return { name: decodePath(longNames.subarray(at, end)).replace(/\/$/, ''), skip: 0 };
  }
  const bsd = /^#1\/([0-9]+)$/.exec(stored)?.[1];
  if (bsd !== undefined) {
    const skip = Number(bsd);
    if (skip > content.length) throw archiveError('ar', position, stored, 'a long name is longer than its member');
    return { name: decodePath(content.subarray(0, skip)).replace(/\0+$/, ''), skip };
  }
  return { name: decodePath(Buffer.from(stored, 'latin1')).replace(/\/$/, ''), skip: 0 };
}

function parseNumber(text: string, base: 8 | 10): number | undefined {
  if (text === '') return 0;
  return (base === 8 ? /^[0-7]+$/ : /^[0-9]+$/).test(text) ? Number.parseInt(text, base) : undefined;
}

function malformed(position: number, entry: string, place: string): never {
  throw archiveError('ar', position, entry, `the field "${place}" of a member is not a number`);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
