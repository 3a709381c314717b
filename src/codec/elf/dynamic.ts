import { archiveError } from '../archive-error.ts';
import type { ElfFile } from './elf-file.ts';
import type { ElfView } from './elf-view.ts';
import { fileOffset, type Segment } from './segments.ts';

const dynamicSegment = 2;

/** gABI, "Dynamic Section"; DT_FLAGS_1 is Solaris' and glibc's. */
const tag = {
  end: 0,
  needed: 1,
  stringTable: 5,
  stringBytes: 10,
  soname: 14,
  rpath: 15,
  runpath: 29,
  flags1: 0x6fff_fffb,
} as const;

/** Real ones have some hundred entries; each may name a long text. */
const mostEntries = 10_000;

export type Dynamic = Pick<ElfFile, 'needed' | 'soname' | 'rpath' | 'runpath' | 'flags1'>;

/** The dynamic section, found through PT_DYNAMIC; its string table through the loaded segments. */
export function readDynamic(
  view: ElfView,
  fileClass: 32 | 64,
  segments: readonly Segment[],
  entry: string | undefined,
): Dynamic {
  const values = dynamicValues(view, fileClass, segments, entry);
  const first = (which: number): number | undefined => values.find(([key]) => key === which)?.[1];
  const usesNames = values.some(
    ([key]) => key === tag.needed || key === tag.soname || key === tag.rpath || key === tag.runpath,
  );
  const address = first(tag.stringTable);
  const table = address === undefined ? undefined : fileOffset(segments, address);
  if (usesNames && table === undefined) {
    throw archiveError('elf', 0, entry, 'the string table of the dynamic section is not in the file');
  }
  const sizeBytes = first(tag.stringBytes) ?? view.sizeBytes;
  const names = (which: number): string[] =>
    values.filter(([key]) => key === which).map(([, at]) => view.text((table ?? 0) + at, (table ?? 0) + sizeBytes));
  return {
    needed: names(tag.needed),
    soname: names(tag.soname)[0],
    rpath: names(tag.rpath).flatMap(splitPath),
    runpath: names(tag.runpath).flatMap(splitPath),
    flags1: first(tag.flags1) ?? 0,
  };
}

function dynamicValues(
  view: ElfView,
  fileClass: 32 | 64,
  segments: readonly Segment[],
  entry: string | undefined,
): (readonly [tag: number, value: number])[] {
  const segment = segments.find(({ type }) => type === dynamicSegment);
  const values: (readonly [number, number])[] = [];
  if (segment === undefined) return values;
  const half = fileClass / 8;
  for (let at = segment.offset; at + 2 * half <= segment.offset + segment.fileBytes; at += 2 * half) {
    const key = view.word(at);
    if (key === tag.end) break;
    values.push([key, view.word(at + half)]);
    if (values.length > mostEntries) throw archiveError('elf', at, entry, 'the dynamic section has no end');
  }
  return values;
}

function splitPath(path: string): string[] {
  return path === '' ? [] : path.split(':');
}
