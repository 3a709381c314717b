import { createHash } from 'node:crypto';

/** Begins the place inside a kernel of the variant `single` that the application's archive is written to. */
const roomMark = 'kilopy: room for an initramfs\n';

/** Bytes of the place: the uncompressed archive of a usual application is about 600 kB. */
const roomBytes = 2 ** 20;
/** So much of it does not compress, so that the compressed kernel has room as well. */
const denseBytes = 640 * 1024;

/** What the kernel is built with in place of an archive. */
export function makeRoom(): Uint8Array {
  const room = Buffer.alloc(roomBytes);
  let at = room.write(roomMark, 'latin1');
  for (let i = 0; at < denseBytes; i++)
    at += createHash('sha256')
      .update(`room ${String(i)}`)
      .digest()
      .copy(room, at);
  return room;
}

/**
 * The kernel with an archive in its room; everything else stays as it is, and the kernel skips the zeros behind the archive.
 *
 * @returns undefined when the archive is larger than the room
 */
export function fillRoom(kernel: Uint8Array, archive: Uint8Array): Uint8Array | undefined {
  const at = Buffer.from(kernel.buffer, kernel.byteOffset, kernel.byteLength).indexOf(roomMark, 0, 'latin1');
  if (at === -1) throw new TypeError('this kernel has no room for an archive');
  if (archive.length > roomBytes) return undefined;
  const filled = Buffer.from(kernel);
  filled.fill(0, at, at + roomBytes);
  filled.set(archive, at);
  return filled;
}
