import { withSource } from '../codec/archive-error.ts';

/** A package or index of apk, with the names that `apk adbdump` has for what is in version 3. */
export interface InspectedApk {
  /** Lines of YAML, without newlines. To be read once; the last lines come when the whole file has been read. */
  readonly lines: AsyncIterable<string>;
  /** By whose key it is signed, where one of the given keys is it. */
  readonly signatures: readonly { readonly keyId: string; readonly signedBy: string | undefined }[];
}

/** The lines; what goes wrong while they are read names the file. */
export async function* linesOf(path: string, lines: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* lines;
  } catch (error) {
    throw withSource(error, path);
  }
}
