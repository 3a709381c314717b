import type { BlobSource } from '../values/blob.ts';
import type { App } from './app.ts';

/** A place in a file of the application. */
export interface FoundWord {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** What starts processes, so that somebody has to reap them: os.system, os.popen, and modules like CPython's subprocess. */
export const startsProcesses: RegExp = /\bos\.(?:system|popen)\s*\(|\b(?:import|from)\s+subprocess\b/u;

/** What switches the verification of servers off. */
export const asksForNone: RegExp = /\bCERT_NONE\b/u;

/** The first place in the application's Python where a line has the words, comments aside. */
export async function findWords(
  app: Pick<App, 'files'>,
  blobs: BlobSource,
  words: RegExp,
): Promise<FoundWord | undefined> {
  for (const { path, content } of app.files) {
    if (!path.endsWith('.py')) continue;
    const lines = new TextDecoder().decode(await blobs.read(content)).split('\n');
    for (const [index, line] of lines.entries()) {
      const at = words.exec(line)?.index ?? -1;
      if (at < 0 || line.slice(0, at).includes('#')) continue;
      return { file: path, line: index + 1, column: at + 1 };
    }
  }
  return undefined;
}
