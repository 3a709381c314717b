import type { ElfFile } from '../codec/elf/elf-file.ts';

export interface CachedLibrary {
  /** The name that programs ask for. */
  readonly soname: string;
  /** Absolute. */
  readonly path: string;
  readonly elf: ElfFile;
}

/** glibc sysdeps/generic/dl-cache.h, `struct cache_file_new` and `struct file_entry_new`; numbers in the machine’s order. */
const magic = 'glibc-ld.so.cache1.1';
const countAt = 20;
const stringBytesAt = 24;
const flagsAt = 28;
const headerBytes = 48;
const entryBytes = 24;
const entryFields = { flags: 0, key: 4, value: 8 } as const;

const byteOrderFlag = { little: 2, big: 3 } as const;
/** ldconfig.h: FLAG_ELF_LIBC6. */
const elfLibc6 = 3;

/** The file that ldconfig(8) writes, with just these libraries. */
export function formatLdSoCache(libraries: readonly CachedLibrary[], byteOrder: 'little' | 'big'): Uint8Array {
  const sorted = libraries.toSorted((a, b) => compareSonames(b.soname, a.soname) || (a.path < b.path ? -1 : 1));
  const isLittle = byteOrder === 'little';
  const stringsAt = headerBytes + sorted.length * entryBytes;
  const header = new DataView(new ArrayBuffer(stringsAt));
  const strings: Buffer[] = [];
  let end = stringsAt;
  const append = (text: string): number => {
    const bytes = Buffer.from(`${text}\0`, 'utf8');
    strings.push(bytes);
    end += bytes.length;
    return end - bytes.length;
  };
  sorted.forEach(({ soname, path, elf }, index) => {
    const at = headerBytes + index * entryBytes;
    header.setUint32(at + entryFields.flags, elfLibc6 | abiFlag(elf), isLittle);
    header.setUint32(at + entryFields.key, append(soname), isLittle);
    header.setUint32(at + entryFields.value, append(path), isLittle);
  });
  Buffer.from(header.buffer).write(magic, 'latin1');
  header.setUint32(countAt, sorted.length, isLittle);
  header.setUint32(stringBytesAt, end - stringsAt, isLittle);
  header.setUint8(flagsAt, byteOrderFlag[byteOrder]);
  return Buffer.concat([Buffer.from(header.buffer), ...strings]);
}

/** The second byte of an entry’s flags: which of a family’s ABIs (ldconfig.h, FLAG_X8664_LIB64 and its like). */
function abiFlag(elf: ElfFile): number {
  const { machine, abi } = elf;
  if (machine === 'x86-64') return elf.class === 64 ? 0x0300 : 0x0800;
  if (machine === 's390') return elf.class === 64 ? 0x0400 : 0;
  if (machine === 'ppc64') return 0x0500;
  if (machine === 'arm') return abi.float === 'hard' ? 0x0900 : abi.float === 'soft' ? 0x0b00 : 0;
  if (machine === 'aarch64') return 0x0a00;
  if (machine === 'riscv') return abi.float === 'double' ? 0x1000 : 0x0f00;
  return 0;
}

/** The order that the loader’s binary search relies on: numbers inside names by value (`_dl_cache_libcmp`). */
export function compareSonames(a: string, b: string): number {
  const [left, right] = [a.split(/(\d+)/u), b.split(/(\d+)/u)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [x = '', y = ''] = [left[index], right[index]];
    const isNumber = index % 2 === 1;
    const difference = isNumber && x !== '' && y !== '' ? Number(x) - Number(y) : compareText(x, y, left, right, index);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Where one text ends and the other does not, a digit that follows counts as greater than any other byte. */
function compareText(x: string, y: string, left: string[], right: string[], index: number): number {
  const length = Math.min(x.length, y.length);
  const head = Buffer.compare(Buffer.from(x.slice(0, length)), Buffer.from(y.slice(0, length)));
  if (head !== 0 || x.length === y.length) return head;
  const isLeftShorter = x.length < y.length;
  const hasDigit = ((isLeftShorter ? left : right)[index + 1] ?? '') !== '';
  return (isLeftShorter ? -1 : 1) * (hasDigit ? -1 : 1);
}
