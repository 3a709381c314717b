import type { ElfFile } from '../codec/elf/elf-file.ts';
import type { FileNode, Tree } from '../tree/node.ts';
import { baseName, isWithin } from '../tree/paths.ts';

/** What a kept program opens at run time without a word of it in its ELF headers. */
export interface Companions {
  /** Library names, looked up as DT_NEEDED ones; absent ones are no error. */
  readonly libraries: readonly string[];
  /** Files that come along. */
  readonly files: readonly FileNode[];
}

/** Folders of data without which a program or library is no use. */
const dataFolders: readonly (readonly [program: RegExp, folders: RegExp])[] = [
  [/^(?:python3\.\d+|libpython3\.\d+\.so.*)$/u, /^usr\/lib\/python3[^/]*$/u],
  [/^(?:perl|perl5\.[\d.]+|libperl\.so.*)$/u, /^usr\/(?:share|lib)\/(?:[^/]+\/)?perl(?:5|-base)?(?:\/|$)/u],
  [/^libtinfo\.so.*$/u, /^(?:usr\/)?(?:lib|share)\/terminfo$/u],
];

/**
 * Companions of one kept file:
 * - glibc loads libgcc_s.so.1 by name for pthread_cancel and pthread_exit and ends the program where it is absent
 *   (sysdeps/nptl/unwind link); MicroPython cancels its threads when it ends.
 * - glibc before 2.34 loads libnss_files and libnss_dns for users and host names (release notes of 2.34).
 * - Python, Perl and terminfo have their data beside them.
 * Character set converters (gconv) and name services other than files and DNS are left out.
 */
export function companionsOf(tree: Tree, file: FileNode, elf: ElfFile, bytes: Uint8Array): Companions {
  const name = baseName(file.path);
  const folders = dataFolders.filter(([program]) => program.test(name)).map(([, pattern]) => pattern);
  return {
    libraries: [...unwinder(name, elf, bytes), ...nameServices(name, file)],
    files: folders.length === 0 ? [] : filesIn(tree, folders),
  };
}

function unwinder(name: string, elf: ElfFile, bytes: Uint8Array): string[] {
  // libc and libpthread define the functions; everybody else who has the name imports it.
  if (
    /^lib(?:c|pthread)[.-]/u.test(name) ||
    name.startsWith('ld-') ||
    !elf.needed.some((library) => /^libc\.so\.6|^libpthread/u.test(library))
  )
    return [];
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return content.includes('\0pthread_cancel\0') || content.includes('\0pthread_exit\0') ? ['libgcc_s.so.1'] : [];
}

function nameServices(name: string, file: FileNode): string[] {
  if (!/^libc(?:-2\.\d+\.so|\.so\.6)$/u.test(name) || file.origin.kind !== 'package') return [];
  const [, major, minor] = /^(?:\d+:)?(\d+)\.(\d+)/u.exec(file.origin.version) ?? [];
  const isOld = Number(major) < 2 || (Number(major) === 2 && Number(minor) < 34);
  return isOld ? ['libnss_files.so.2', 'libnss_dns.so.2'] : [];
}

function filesIn(tree: Tree, patterns: readonly RegExp[]): FileNode[] {
  const folders = [...tree.values()].filter(
    (node) => node.type === 'directory' && patterns.some((pattern) => pattern.test(node.path)),
  );
  return [...tree.values()].filter(
    (node): node is FileNode => node.type === 'file' && folders.some((folder) => isWithin(node.path, folder.path)),
  );
}
