import { archiveError } from './archive-error.ts';
import { decodePath, encodePath } from './path-text.ts';
import { readTar } from './tar/read-tar.ts';

/** A script of an installed package, in `lib/apk/db/scripts.tar`. */
export interface InstalledScript {
  /** `NAME-VERSION.CHECKSUM.SCRIPT`, where the checksum is the one in the field C of the installed database. */
  readonly fileName: string;
  readonly mtimeSeconds: number;
  readonly body: Uint8Array;
}

/** Where apk's own tar writer puts things; it fills numbers up to the field's last byte. */
const header = {
  bytes: 512,
  nameBytes: 100,
  mode: [100, 7],
  uid: [108, 7],
  gid: [116, 7],
  size: [124, 12],
  mtime: [136, 12],
  checksum: 148,
  type: 156,
  magic: 257,
  user: 265,
  group: 297,
} as const;

/** The scripts in their order. Throws KP4001 for a damaged archive. */
export function parseScriptsTar(bytes: Uint8Array, file: string): readonly InstalledScript[] {
  return [...readTar(bytes, { source: file })].map(({ header: { path, type, mtimeSeconds, offset }, body }) => {
    if (type !== 'file') throw archiveError('tar', offset, path, 'an archive of scripts holds files only');
    return { fileName: path, mtimeSeconds, body };
  });
}

/** The inverse, with the headers that apk-tools 2 writes. */
export function formatScriptsTar(scripts: readonly InstalledScript[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { fileName, mtimeSeconds, body } of scripts) {
    const name = encodePath(fileName);
    if (name.length >= header.nameBytes) {
      const long = Buffer.concat([name, Buffer.of(0)]);
      parts.push(entryHeader(Buffer.from('././@LongLink'), 'L', long.length, 0), padded(long));
    }
    parts.push(entryHeader(name.subarray(0, header.nameBytes - 1), '0', body.length, mtimeSeconds), padded(body));
  }
  return Buffer.concat([...parts, new Uint8Array(2 * header.bytes)]);
}

function entryHeader(name: Uint8Array, type: string, sizeBytes: number, mtimeSeconds: number): Uint8Array {
  const block = Buffer.alloc(header.bytes);
  block.set(name);
  const put = ([at, digits]: readonly [number, number], value: number): void => {
    block.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  };
  put(header.mode, 0o755);
  put(header.uid, 0);
  put(header.gid, 0);
  put(header.size, sizeBytes);
  put(header.mtime, mtimeSeconds);
  block.write(type, header.type, 'latin1');
  block.write('ustar  ', header.magic, 'latin1');
  block.write('root', header.user, 'latin1');
  block.write('root', header.group, 'latin1');
  block.fill(' ', header.checksum, header.checksum + 8);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, header.checksum, 'latin1');
  return block;
}

function padded(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, new Uint8Array((header.bytes - (bytes.length % header.bytes)) % header.bytes)]);
}

/** Which folders wake the trigger of which package: a line of `lib/apk/db/triggers`. */
export interface InstalledTrigger {
  readonly checksum: string;
  readonly globs: readonly string[];
}

export function parseTriggers(bytes: Uint8Array): readonly InstalledTrigger[] {
  const lines = decodePath(bytes)
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => {
    const [checksum = '', ...globs] = line.split(' ');
    return { checksum, globs };
  });
}

export function formatTriggers(triggers: readonly InstalledTrigger[]): Uint8Array {
  return encodePath(triggers.map(({ checksum, globs }) => `${[checksum, ...globs].join(' ')}\n`).join(''));
}
