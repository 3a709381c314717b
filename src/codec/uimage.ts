import { crc32 } from 'node:zlib';

/** What the header of U-Boot's legacy image says (include/image.h of U-Boot). */
export interface UImageFacts {
  readonly architecture: 'arm' | 'arm64' | 'mips' | 'x86-64' | 'riscv';
  readonly compression: 'none' | 'gzip' | 'lzma';
  /** Where the unpacked kernel is put, and where it begins. */
  readonly loadAddress: number;
  readonly entryPoint: number;
  /** At most 32 bytes of ASCII. */
  readonly name: string;
  readonly timeSeconds: number;
}

const magic = 0x27051956;
const headerBytes = 64;
const at = {
  magic: 0,
  headerCrc: 4,
  time: 8,
  size: 12,
  load: 16,
  entry: 20,
  dataCrc: 24,
  os: 28,
  arch: 29,
  type: 30,
  compression: 31,
  name: 32,
};
const linux = 5;
const kernelType = 2;
const architectures = { arm: 2, mips: 5, arm64: 22, 'x86-64': 24, riscv: 26 } as const;
const compressions = { none: 0, gzip: 1, lzma: 3 } as const;

/** A kernel as U-Boot's `bootm` takes it: a big-endian header of 64 bytes, then the payload. */
export function writeUImage(payload: Uint8Array, facts: UImageFacts): Uint8Array {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(magic, at.magic);
  header.writeUInt32BE(facts.timeSeconds, at.time);
  header.writeUInt32BE(payload.length, at.size);
  header.writeUInt32BE(facts.loadAddress, at.load);
  header.writeUInt32BE(facts.entryPoint, at.entry);
  header.writeUInt32BE(crc32(payload), at.dataCrc);
  header.writeUInt8(linux, at.os);
  header.writeUInt8(architectures[facts.architecture], at.arch);
  header.writeUInt8(kernelType, at.type);
  header.writeUInt8(compressions[facts.compression], at.compression);
  header.write(facts.name.slice(0, 32), at.name, 'latin1');
  header.writeUInt32BE(crc32(header), at.headerCrc);
  return Buffer.concat([header, payload]);
}
