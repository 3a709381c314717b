/** A file from the network with what is needed to ask whether it has changed. */
export interface StoredDocument {
  readonly bytes: Uint8Array;
  readonly fetchedAtMs: number;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

/** One line of JSON with everything but the bytes, then the bytes. */
export function formatDocument(document: StoredDocument): Uint8Array {
  const { bytes, fetchedAtMs, etag, lastModified } = document;
  return Buffer.concat([Buffer.from(`${JSON.stringify({ fetchedAtMs, etag, lastModified })}\n`), bytes]);
}

/** The reverse of formatDocument. */
export function parseDocument(stored: Uint8Array): StoredDocument | undefined {
  const end = stored.indexOf(0x0a);
  if (end === -1) return undefined;
  const head = JSON.parse(Buffer.from(stored.subarray(0, end)).toString()) as Omit<StoredDocument, 'bytes'>;
  return { ...head, bytes: stored.subarray(end + 1) };
}
