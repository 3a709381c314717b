import type { BlobRef } from '../values/blob.ts';

/** The user's Python with everything that goes into the image beside it. Carries no times, owners or permissions of this machine. */
export interface App {
  /** Absolute path on this machine, for messages only. */
  readonly folder: string;
  /** Path of the program in `files`. */
  readonly entry: string;
  /** Sorted bytewise by path. */
  readonly files: readonly AppFile[];
  /** Files and folders that stay out, by built-in rule, `include` or `exclude`; a folder stands for everything in it. */
  readonly leftOut: readonly string[];
}

export interface AppFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly content: BlobRef;
  readonly executable: boolean;
}
