import { formatPartitionTable } from './partition-table.ts';
import { sectorBytes, type DiskPlan, type Partition } from './plan-disk.ts';

export interface DiskContents {
  /** 32 bits, in place of the random ones of partitioning programs. */
  readonly identifier: number;
  readonly root: AsyncIterable<Uint8Array>;
  readonly data: AsyncIterable<Uint8Array>;
}

const pieceBytes = 256 * 1024;

/** The disk from its first byte to its last. Throws a RangeError when a content is longer than its partition. */
export async function* writeDisk(plan: DiskPlan, contents: DiskContents): AsyncGenerator<Uint8Array, void> {
  const table = formatPartitionTable([plan.root, plan.data], contents.identifier);
  yield table;
  let at = table.length;
  for (const [{ start, sectors }, chunks] of [
    [plan.root, contents.root],
    [plan.data, contents.data],
  ] as const satisfies readonly (readonly [Partition, AsyncIterable<Uint8Array>])[]) {
    yield* zeros(start * sectorBytes - at);
    at = start * sectorBytes;
    const end = at + sectors * sectorBytes;
    for await (const chunk of chunks) {
      at += chunk.length;
      if (at > end) throw new RangeError('a content is longer than its partition');
      yield chunk;
    }
    yield* zeros(end - at);
    at = end;
  }
}

function* zeros(bytes: number): Generator<Uint8Array, void> {
  const piece = Buffer.alloc(Math.min(bytes, pieceBytes));
  for (let left = bytes; left > 0; left -= piece.length) yield left < piece.length ? piece.subarray(0, left) : piece;
}
