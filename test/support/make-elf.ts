export interface ElfShape {
  readonly interpreter?: string;
  readonly needed?: readonly string[];
  readonly soname?: string;
  readonly rpath?: string;
  readonly runpath?: string;
  /** e_machine; default 62 (x86-64). */
  readonly machine?: number;
  /** Text that stands in the file, such as a loader’s folders. */
  readonly text?: string;
}

const tags = { needed: 1, strtab: 5, strsz: 10, soname: 14, rpath: 15, runpath: 29 } as const;

/** A 64-bit little-endian shared object with just the headers that linking reads: for trees that only look real. */
export function makeElf(shape: ElfShape = {}): Uint8Array {
  const strings: string[] = ['\0'];
  const at = (text: string): number => {
    const offset = strings.join('').length;
    strings.push(`${text}\0`);
    return offset;
  };
  const entries: [number, number][] = (shape.needed ?? []).map((name) => [tags.needed, at(name)]);
  if (shape.soname !== undefined) entries.push([tags.soname, at(shape.soname)]);
  if (shape.rpath !== undefined) entries.push([tags.rpath, at(shape.rpath)]);
  if (shape.runpath !== undefined) entries.push([tags.runpath, at(shape.runpath)]);
  const names = Buffer.from(strings.join(''), 'latin1');
  const interpreter = Buffer.from(`${shape.interpreter ?? ''}\0`, 'latin1');
  const text = Buffer.from(`\0${shape.text ?? ''}\0`, 'latin1');

  const dynamicAt = 64 + 3 * 56;
  const dynamicBytes = (entries.length + 3) * 16;
  const namesAt = dynamicAt + dynamicBytes;
  const interpreterAt = namesAt + names.length;
  const textAt = interpreterAt + interpreter.length;
  entries.push([tags.strtab, namesAt], [tags.strsz, names.length], [0, 0]);

  const bytes = Buffer.alloc(textAt + text.length);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes.writeUInt16LE(3, 16);
  bytes.writeUInt16LE(shape.machine ?? 62, 18);
  bytes.writeUInt32LE(1, 20);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(64, 52);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(3, 56);
  writeSegment(bytes, 0, 1, 0, bytes.length);
  writeSegment(bytes, 1, 2, dynamicAt, dynamicBytes);
  // A segment of type 0 is unused.
  writeSegment(bytes, 2, shape.interpreter === undefined ? 0 : 3, interpreterAt, interpreter.length);
  entries.forEach(([tag, value], index) => {
    bytes.writeBigUInt64LE(BigInt(tag), dynamicAt + index * 16);
    bytes.writeBigUInt64LE(BigInt(value), dynamicAt + index * 16 + 8);
  });
  bytes.set(names, namesAt);
  bytes.set(interpreter, interpreterAt);
  bytes.set(text, textAt);
  return bytes;
}

function writeSegment(bytes: Buffer, index: number, type: number, offset: number, sizeBytes: number): void {
  const at = 64 + index * 56;
  bytes.writeUInt32LE(type, at);
  bytes.writeUInt32LE(4, at + 4);
  for (const field of [8, 16, 24]) bytes.writeBigUInt64LE(BigInt(offset), at + field);
  for (const field of [32, 40]) bytes.writeBigUInt64LE(BigInt(sizeBytes), at + field);
}
