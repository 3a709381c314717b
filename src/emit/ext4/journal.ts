/** jbd2 (Linux, include/linux/jbd2.h): big-endian, unlike the file system around it. */
const journalMagic = 0xc03b_3998;
const superblockV2 = 4;
const at = { magic: 0, type: 4, blockBytes: 12, blocks: 16, first: 20, sequence: 24, users: 64 } as const;

/** An empty journal: only its superblock says something. The content ends with it; what follows is zeros. */
export function journalContent(blocks: number, blockBytes: number): Uint8Array {
  const bytes = Buffer.alloc(blocks * blockBytes);
  bytes.writeUInt32BE(journalMagic, at.magic);
  bytes.writeUInt32BE(superblockV2, at.type);
  bytes.writeUInt32BE(blockBytes, at.blockBytes);
  bytes.writeUInt32BE(blocks, at.blocks);
  bytes.writeUInt32BE(1, at.first);
  bytes.writeUInt32BE(1, at.sequence);
  bytes.writeUInt32BE(1, at.users);
  return bytes;
}
