import { archiveError } from '../archive-error.ts';
import { encodePath } from '../path-text.ts';

const newline = 0x0a;
const equals = 0x3d;
const space = 0x20;

/**
 * Records of an extended header: `LENGTH KEYWORD=VALUE\n`, where LENGTH counts the whole record (pax(1), "pax Extended
 * Header"). Values are raw bytes, because file names and xattrs are.
 *
 * @throws KP4001 when a length does not lead to a newline.
 */
export function parsePaxRecords(bytes: Uint8Array, offset: number, entry: string | undefined): Map<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  let start = 0;
  while (start < bytes.length) {
    const blank = bytes.indexOf(space, start);
    const digits = Buffer.from(bytes.subarray(start, blank === -1 ? start : Math.min(blank, start + 16))).toString(
      'latin1',
    );
    const length = /^[0-9]+$/.test(digits) ? Number(digits) : 0;
    const end = start + length;
    const split = bytes.subarray(blank + 1, end).indexOf(equals);
    if (length === 0 || end > bytes.length || end <= blank || bytes[end - 1] !== newline || split < 1) {
      throw archiveError('tar', offset + start, entry, 'a PAX record is malformed');
    }
    const keyword = Buffer.from(bytes.subarray(blank + 1, blank + 1 + split)).toString('utf8');
    records.set(keyword, bytes.subarray(blank + 1 + split + 1, end - 1));
    start = end;
  }
  return records;
}

/** The inverse, in the order given. */
export function formatPaxRecords(records: Iterable<readonly [string, Uint8Array]>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [keyword, value] of records) {
    const name = encodePath(keyword);
    // The space, the equals sign, the newline; the length counts its own digits.
    const rest = name.length + value.length + 3;
    let length = rest + String(rest).length;
    if (rest + String(length).length !== length) length = rest + String(length).length;
    parts.push(Buffer.from(`${String(length)} `), name, Buffer.from('='), value, Buffer.from('\n'));
  }
  return Buffer.concat(parts);
}
