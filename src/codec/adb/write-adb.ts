import { deflate } from '../deflate/deflate.ts';
import {
  blockAlignment,
  blockHeaderBytes,
  blockTypes,
  dataHeaderBytes,
  deflateMagic,
  plainMagic,
  shortBlockLimit,
} from './adb-format.ts';

export interface AdbContent {
  readonly schema: number;
  readonly database: Uint8Array;
  /** Whole signature blocks: header, key id and signature. */
  readonly signatures: readonly Uint8Array[];
  readonly data?: readonly AdbDataInput[];
}

export interface AdbDataInput {
  readonly pathIndex: number;
  readonly fileIndex: number;
  readonly content: Uint8Array;
}

/** An ADB file, as `ADBd` (deflate) or as `ADB.` (not compressed). The same content gives the same bytes. */
export function writeAdb(content: AdbContent, compression: 'none' | 'deflate' = 'deflate'): Uint8Array {
  const head = Buffer.alloc(8);
  head.write(plainMagic, 'latin1');
  head.writeUInt32LE(content.schema, 4);
  const parts: Uint8Array[] = [head, ...block(blockTypes.database, [content.database])];
  for (const signature of content.signatures) parts.push(...block(blockTypes.signature, [signature]));
  for (const { pathIndex, fileIndex, content: bytes } of content.data ?? []) {
    const place = Buffer.alloc(dataHeaderBytes);
    place.writeUInt32LE(pathIndex, 0);
    place.writeUInt32LE(fileIndex, 4);
    parts.push(...block(blockTypes.data, [place, bytes]));
  }
  const plain = Buffer.concat(parts);
  return compression === 'none' ? plain : Buffer.concat([Buffer.from(deflateMagic), deflate(plain)]);
}

function block(type: number, body: readonly Uint8Array[]): readonly Uint8Array[] {
  const sizeBytes = body.reduce((sum, part) => sum + part.length, 0);
  const head = blockHead(type, sizeBytes);
  const padding = (blockAlignment - ((head.length + sizeBytes) % blockAlignment)) % blockAlignment;
  return [head, ...body, new Uint8Array(padding)];
}

function blockHead(type: number, sizeBytes: number): Uint8Array {
  const short = sizeBytes + blockHeaderBytes.short <= shortBlockLimit;
  const head = Buffer.alloc(short ? blockHeaderBytes.short : blockHeaderBytes.extended);
  head.writeUInt32LE(
    (((short ? type : blockTypes.extended) << 30) >>> 0) + (short ? sizeBytes + head.length : type),
    0,
  );
  if (!short) head.writeBigUInt64LE(BigInt(sizeBytes + head.length), blockHeaderBytes.sizeAt);
  return head;
}
