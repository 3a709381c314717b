import type { ElfFile, ElfMachine } from '../codec/elf/elf-file.ts';

/** How one dynamic loader finds libraries. */
export interface Loader {
  /** Its own path, as programs name it. */
  readonly path: string;
  readonly elf: ElfFile;
  /** Searched last, in order, absolute. */
  readonly folders: readonly string[];
  /** Whether it reads /etc/ld.so.conf by way of ldconfig’s cache. */
  readonly hasCache: boolean;
  /** What `$LIB` stands for (ld.so(8)). */
  readonly lib: string;
}

/** glibc keeps `system_dirs` as one run of zero-terminated folders (elf/dl-load.c). */
const glibcFolders = /(?:\/[\w+.\-/]*\/\0){2,}/u;
/** musl keeps its default path as one text (ldso/dynlink.c), and beside it that of execvp, `/usr/local/bin:...`. */
const muslFolders = /\/[\w+.\-/]*lib[\w+.\-/]*(?::\/[\w+.\-/]*lib[\w+.\-/]*)+(?=\0)/u;

/**
 * The loader whose bytes these are. Its default folders are read from the loader itself: they differ between
 * distributions (Debian’s have the multiarch folder, others /lib64) and it alone knows them for certain.
 */
export function loaderOf(path: string, elf: ElfFile, bytes: Uint8Array): Loader {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const isMusl = /\/ld-musl-/u.test(path);
  const found = isMusl ? muslFolders.exec(text)?.[0].split(':') : glibcFolders.exec(text)?.[0].split('\0');
  const folders = (found ?? fallback(elf))
    .filter((folder) => folder !== '')
    .map((folder) => folder.replace(/\/$/u, ''));
  return { path, elf, folders, hasCache: !isMusl, lib: (folders[0] ?? '/lib').slice(1) };
}

function fallback(elf: ElfFile): string[] {
  return elf.class === 64 ? ['/lib64', '/usr/lib64', '/lib', '/usr/lib'] : ['/lib', '/usr/lib'];
}

/** Whether the loader maps a library of this kind for that program; those of another kind are passed over in the search. */
export function fits(library: ElfFile, program: ElfFile): boolean {
  if (library.class !== program.class || library.byteOrder !== program.byteOrder) return false;
  if (library.machineNumber !== program.machineNumber || library.type !== 'shared') return false;
  const [a, b] = [library.abi.float, program.abi.float];
  return a === undefined || b === undefined || a === b;
}

/** AT_PLATFORM, for `$PLATFORM`. Families whose kernels name the very processor have none here. */
const platforms: Readonly<Partial<Record<ElfMachine, string>>> = {
  'x86-64': 'x86_64',
  '386': 'i686',
  aarch64: 'aarch64',
};

export function platformOf(elf: ElfFile): string | undefined {
  return platforms[elf.machine];
}
