import type { FileHandle } from 'node:fs/promises';

/** Bytes that are gathered for one write. */
const gatheredBytes = 2 ** 20;
/** The kernel takes 1024 pieces in one call (IOV_MAX). */
const gatheredPieces = 512;
/** Shorter zeros are cheaper written than left out: each hole costs a call of its own. */
const holeBytes = 2 ** 16;
const zeros = Buffer.alloc(gatheredBytes);

/**
 * Writes a stream into a new file. Pieces are gathered to large writes, one of which is under way while the next pieces are made; pieces that are all
 * zeros become holes. A piece must not be changed after it was given.
 *
 * @returns the length of the file in bytes
 */
export async function writePieces(handle: FileHandle, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let at = 0;
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  let underWay: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    const [pieces, place] = [gathered, at - bytes];
    gathered = [];
    bytes = 0;
    await underWay;
    underWay = writeAll(handle, pieces, place);
    // Told by the next `await underWay`, which may come after a while.
    underWay.catch(() => undefined);
  };
  try {
    let endsInHole = false;
    for await (const chunk of chunks) {
      endsInHole = isHole(chunk);
      if (endsInHole && gathered.length > 0) await flush();
      at += chunk.length;
      if (endsInHole || chunk.length === 0) continue;
      gathered.push(chunk);
      bytes += chunk.length;
      if (bytes >= gatheredBytes || gathered.length >= gatheredPieces) await flush();
    }
    if (gathered.length > 0) await flush();
    await underWay;
    if (endsInHole) await handle.truncate(at);
    return at;
  } finally {
    // The caller closes the file.
    await underWay.catch(() => undefined);
  }
}

async function writeAll(handle: FileHandle, pieces: readonly Uint8Array[], at: number): Promise<void> {
  let { bytesWritten } = await handle.writev(pieces, at);
  for (const piece of pieces) {
    // Fewer than all were taken: the rest one by one, so that the error of a full disk comes out.
    for (let done = Math.min(bytesWritten, piece.length); done < piece.length;) {
      done += (await handle.write(piece, done, piece.length - done, at + done)).bytesWritten;
    }
    bytesWritten = Math.max(0, bytesWritten - piece.length);
    at += piece.length;
  }
}

function isHole(chunk: Uint8Array): boolean {
  if (chunk.length < holeBytes || chunk[0] !== 0) return false;
  for (let at = 0; at < chunk.length; at += zeros.length) {
    const part = chunk.subarray(at, at + zeros.length);
    if (zeros.compare(part, 0, part.length, 0, part.length) !== 0) return false;
  }
  return true;
}
