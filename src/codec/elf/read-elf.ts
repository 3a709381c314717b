import { archiveError } from '../archive-error.ts';
import type { ElfFile, ElfMachine } from './elf-file.ts';
import { readAbi } from './abi.ts';
import { readDynamic } from './dynamic.ts';
import { type ElfView, elfView } from './elf-view.ts';
import { readSegments, type Segment } from './segments.ts';

const magic = [0x7f, 0x45, 0x4c, 0x46] as const;
const classAt = 4;
const dataAt = 5;
const typeAt = 16;
const machineAt = 18;
const flagsAt = { 32: 36, 64: 48 } as const;
const headerBytes = { 32: 52, 64: 64 } as const;
const interpreterSegment = 3;

const machines: Readonly<Record<number, ElfMachine>> = {
  3: '386',
  8: 'mips',
  20: 'ppc',
  21: 'ppc64',
  22: 's390',
  40: 'arm',
  62: 'x86-64',
  183: 'aarch64',
  243: 'riscv',
  258: 'loongarch',
};
const types = ['other', 'relocatable', 'executable', 'shared', 'core'] as const;

/**
 * Reads what links a program to others. Uses program headers only, so that it works on files without section headers.
 * Sources: System V gABI, chapters 4 and 5; the processor supplements for `abi`.
 *
 * @param entry name for messages.
 * @returns undefined when the bytes are not ELF at all.
 * @throws KP4001 when headers contradict the file.
 */
export function readElf(bytes: Uint8Array, entry?: string): ElfFile | undefined {
  if (!magic.every((byte, index) => bytes[index] === byte)) return undefined;
  const fileClass = bytes[classAt] === 1 ? 32 : bytes[classAt] === 2 ? 64 : undefined;
  const order = bytes[dataAt] === 1 ? 'little' : bytes[dataAt] === 2 ? 'big' : undefined;
  if (fileClass === undefined || order === undefined || bytes.length < headerBytes[fileClass]) {
    throw archiveError('elf', classAt, entry, 'the ELF header is malformed');
  }
  const view = elfView(bytes, fileClass, order === 'little', entry);
  const segments = readSegments(view, fileClass, entry);
  const machineNumber = view.u16(machineAt);
  const machine = machines[machineNumber] ?? 'other';
  const flags = view.u32(flagsAt[fileClass]);
  return {
    class: fileClass,
    byteOrder: order,
    machine,
    machineNumber,
    type: types[view.u16(typeAt)] ?? 'other',
    flags,
    abi: readAbi(view, machine, fileClass, flags, segments),
    interpreter: readInterpreter(view, segments),
    ...readDynamic(view, fileClass, segments, entry),
  };
}

function readInterpreter(view: ElfView, segments: readonly Segment[]): string | undefined {
  const segment = segments.find(({ type, fileBytes }) => type === interpreterSegment && fileBytes > 0);
  return segment === undefined ? undefined : view.text(segment.offset, segment.offset + segment.fileBytes);
}
