import { KilopyError } from '../errors/kilopy-error.ts';

/** What stands in `data` of every error of a binary format. */
export interface ArchiveErrorData {
  readonly format: string;
  /** Byte offset in the input (of the decompressed stream, for an archive inside a compressed file). */
  readonly offset: number;
  /** Name of the entry that was being read, where there is one. */
  readonly entry: string | undefined;
}

/** Input that is cut short, altered or contradicts its format: KP4001. */
export function archiveError(
  format: string,
  offset: number,
  entry: string | undefined,
  message: string,
  cause?: unknown,
): KilopyError {
  return binaryError('KP4001', format, offset, entry, message, cause);
}

/** Input that is whole and uses what is not read here: KP4002. */
export function unsupportedError(
  format: string,
  offset: number,
  entry: string | undefined,
  message: string,
): KilopyError {
  return binaryError('KP4002', format, offset, entry, message);
}

/** Input that grows past a limit: KP4003. */
export function limitError(format: string, offset: number, entry: string | undefined, message: string): KilopyError {
  return binaryError('KP4003', format, offset, entry, message);
}

function binaryError(
  code: 'KP4001' | 'KP4002' | 'KP4003',
  format: string,
  offset: number,
  entry: string | undefined,
  message: string,
  cause?: unknown,
): KilopyError {
  const place =
    entry === undefined ? `${format}, byte ${String(offset)}` : `${format}, byte ${String(offset)}, ${entry}`;
  const data: ArchiveErrorData = { format, offset, entry };
  return new KilopyError(code, `${message} (${place})`, { data: { ...data }, cause });
}

/** The same error with the name of the file it is about, unless it says that already. */
export function withSource(error: unknown, source: string | undefined): unknown {
  if (source === undefined || !(error instanceof KilopyError) || error.where !== undefined) return error;
  if (!('offset' in error.data)) return error;
  const { code, message, why, fix, data, cause } = error;
  return new KilopyError(code, message, { where: source, why, fix, data, cause });
}
