/** What kind of root file system a file holds, by its first bytes. */
export type RootKind = 'cpio' | 'cpio.gz' | 'cpio.xz' | 'squashfs' | 'ext4' | 'disk' | 'gzip' | 'unknown';

export const rootHeadBytes = 2048;

/** @param head the first 2 KiB of the file */
export function rootKind(head: Uint8Array, fileName: string): RootKind {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const text = (from: number, to: number): string => bytes.toString('latin1', from, to);
  if (text(0, 6) === '070701') return 'cpio';
  if (text(0, 6) === '\xfd7zXZ\0') return 'cpio.xz';
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return /cpio/.test(fileName) ? 'cpio.gz' : 'gzip';
  if (text(0, 4) === 'hsqs') return 'squashfs';
  // s_magic of the superblock (Documentation/filesystems/ext4/globals).
  if (bytes.length >= 1082 && bytes.readUInt16LE(1080) === 0xef53) return 'ext4';
  if (bytes.length >= 512 && bytes.readUInt16LE(510) === 0xaa55) return 'disk';
  return 'unknown';
}

/** Whether the kernel unpacks it into memory instead of mounting it. */
export function isInitramfs(kind: RootKind): kind is 'cpio' | 'cpio.gz' | 'cpio.xz' {
  return kind === 'cpio' || kind === 'cpio.gz' || kind === 'cpio.xz';
}
