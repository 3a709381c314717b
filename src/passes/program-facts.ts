import type { ElfFile } from '../codec/elf/elf-file.ts';
import { readElf } from '../codec/elf/read-elf.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { FileNode } from '../tree/node.ts';
import type { BlobRef, BlobSource } from '../values/blob.ts';

/** What a file needs in order to run. */
export type ProgramFacts =
  | { readonly kind: 'elf'; readonly elf: ElfFile; readonly bytes: Uint8Array }
  | { readonly kind: 'script'; readonly interpreter: string; readonly words: readonly string[] }
  | { readonly kind: 'data' }
  /** Starts as ELF does and is damaged. */
  | { readonly kind: 'damaged'; readonly error: KilopyError };

export type ReadFacts = (file: FileNode) => Promise<ProgramFacts>;

/** Reads facts of files, each content once. Only the first piece of a file that is no program is read. */
export function factsReader(blobs: BlobSource): ReadFacts {
  const known = new Map<string, Promise<ProgramFacts>>();
  return (file) => {
    const facts = known.get(file.content.digest) ?? readFacts(blobs, file);
    known.set(file.content.digest, facts);
    return facts;
  };
}

async function readFacts(blobs: BlobSource, file: FileNode): Promise<ProgramFacts> {
  const start = await firstPiece(blobs, file.content);
  if (start[0] === 0x23 && start[1] === 0x21) return scriptFacts(start);
  if (start.subarray(0, 4).toString('latin1') !== '\u007fELF') return { kind: 'data' };
  const bytes = await blobs.read(file.content);
  try {
    const elf = readElf(bytes, file.path);
    return elf === undefined ? { kind: 'data' } : { kind: 'elf', elf, bytes };
  } catch (error) {
    if (error instanceof KilopyError) return { kind: 'damaged', error };
    throw error;
  }
}

/** `#!INTERPRETER [ARGUMENT]` (execve(2)); `words` are those of the argument. */
function scriptFacts(start: Buffer): ProgramFacts {
  const line = start.subarray(2, 256).toString('utf8').split('\n', 1)[0] ?? '';
  const [interpreter = '', ...words] = line.trim().split(/\s+/u);
  return interpreter.startsWith('/') ? { kind: 'script', interpreter, words } : { kind: 'data' };
}

async function firstPiece(blobs: BlobSource, ref: BlobRef): Promise<Buffer> {
  for await (const piece of blobs.open(ref))
    if (piece.length > 0) return Buffer.from(piece.buffer, piece.byteOffset, piece.length);
  return Buffer.alloc(0);
}
