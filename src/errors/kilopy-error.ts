import type { SourceLocation } from '../values/source-location.ts';
import { errorCodes, type ErrorCode } from './codes.ts';

export interface KilopyErrorOptions {
  /** Where: a place in a file, or a package or URL as text. */
  readonly where?: SourceLocation | string | undefined;
  /** Why it is so, in one sentence. */
  readonly why?: string | undefined;
  /** The one thing to do. */
  readonly fix?: string | undefined;
  /** Facts for programs; goes into `--json`. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
  /** Other faults found in the same input, reported together. */
  readonly others?: readonly KilopyError[] | undefined;
}

/** Every failure that a user can reach. Anything else that is thrown is a bug in kilopy and ends with exit code 70. */
export class KilopyError extends Error {
  override readonly name: string = 'KilopyError';
  readonly code: ErrorCode;
  readonly where: SourceLocation | string | undefined;
  readonly why: string | undefined;
  readonly fix: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
  readonly others: readonly KilopyError[];

  constructor(code: ErrorCode, message: string, options: KilopyErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.where = options.where;
    this.why = options.why;
    this.fix = options.fix ?? errorCodes[code].fix;
    this.data = options.data ?? {};
    this.others = options.others ?? [];
  }

  get exitCode(): number {
    return errorCodes[this.code].exitCode;
  }
}

/** `file:line:column`, as far as known. */
export function formatLocation(where: SourceLocation | string): string {
  if (typeof where === 'string') return where;
  return [where.file, where.line, where.column].filter((part) => part !== undefined).join(':');
}
