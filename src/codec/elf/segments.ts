import { archiveError } from '../archive-error.ts';
import type { ElfView } from './elf-view.ts';

/** One program header (gABI, "Program Header"). */
export interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly fileBytes: number;
}

/** Where things stand in the ELF header (`phoff`, ...) and in a program header (`type`, ...), by class. */
const layouts = {
  32: { phoff: 28, phentsize: 42, phnum: 44, size: 32, offset: 4, address: 8, fileBytes: 16 },
  64: { phoff: 32, phentsize: 54, phnum: 56, size: 56, offset: 8, address: 16, fileBytes: 32 },
} as const;

const loadSegment = 1;
/** PN_XNUM: the true number stands in a section header. Only core dumps have so many. */
const tooMany = 0xffff;

export function readSegments(view: ElfView, fileClass: 32 | 64, entry: string | undefined): Segment[] {
  const layout = layouts[fileClass];
  const start = view.word(layout.phoff);
  const count = view.u16(layout.phnum);
  if (count === 0) return [];
  if (count === tooMany || view.u16(layout.phentsize) !== layout.size) {
    throw archiveError('elf', layout.phentsize, entry, 'the program headers are malformed');
  }
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * layout.size;
    return {
      type: view.u32(at),
      offset: view.word(at + layout.offset),
      address: view.word(at + layout.address),
      fileBytes: view.word(at + layout.fileBytes),
    };
  });
}

/** Byte offset in the file of an address in memory, or undefined when no loaded segment has it. */
export function fileOffset(segments: readonly Segment[], address: number): number | undefined {
  const segment = segments.find(
    (one) => one.type === loadSegment && address >= one.address && address < one.address + one.fileBytes,
  );
  return segment === undefined ? undefined : segment.offset + (address - segment.address);
}
