/** Texts that a kernel with every feature has. */
export const everyFeature: readonly string[] = ['no cpio magic', 'squashfs', 'EXT4-fs', 'ata_piix', 'pcnet32'];

/** A 32-bit MIPS ELF file of one segment with these texts in it: what kilopy looks at before a boot. */
export function makeKernel(
  order: 'big' | 'little',
  texts: readonly string[],
  memoryBytes: number = 2_600_000,
): Uint8Array {
  const head = Buffer.alloc(84);
  const u16 = (value: number, at: number): unknown =>
    order === 'big' ? head.writeUInt16BE(value, at) : head.writeUInt16LE(value, at);
  const u32 = (value: number, at: number): unknown =>
    order === 'big' ? head.writeUInt32BE(value, at) : head.writeUInt32LE(value, at);
  head.set([0x7f, 0x45, 0x4c, 0x46, 1, order === 'big' ? 2 : 1, 1]);
  u16(2, 16);
  u16(8, 18);
  u32(1, 20);
  u32(52, 28);
  u32(0x70001005, 36);
  u16(52, 40);
  u16(32, 42);
  u16(1, 44);
  u32(1, 52);
  u32(memoryBytes, 52 + 20);
  return Buffer.concat([head, Buffer.from(['/dev/console', 'rootfstype=', ...texts].join('\0'))]);
}
