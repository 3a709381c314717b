import type { SourceLocation } from './source-location.ts';

/** What has been asked for, and where: a package, in the words of the base's package manager. */
export interface Wish {
  readonly text: string;
  readonly where?: SourceLocation | undefined;
}
