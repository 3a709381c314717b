import { KilopyError } from '../errors/kilopy-error.ts';

type Code = 'KP4003' | 'KP4011' | 'KP4012' | 'KP4013' | 'KP4014';

/** Where in an image something is wrong. */
export interface ImagePlace {
  /** Name of the file for messages. */
  readonly source: string;
  /** `ext4`, `squashfs`, `cpio`. */
  readonly format: string;
  readonly offset?: number | undefined;
  /** Path inside the image. */
  readonly entry?: string | undefined;
}

/** An error about the image of a file system, with its place. `message` begins with a small letter. */
export function imageFileError(code: Code, place: ImagePlace, message: string, cause?: unknown): KilopyError {
  const { source, format, offset, entry } = place;
  const words = [format];
  if (offset !== undefined) words.push(`byte ${String(offset)}`);
  if (entry !== undefined) words.push(`/${entry}`);
  return new KilopyError(code, `${message} (${words.join(', ')})`, {
    where: source,
    data: { format, offset, entry },
    cause,
  });
}
