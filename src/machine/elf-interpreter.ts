/** Byte offsets of the fields used, for 32 and 64 bit (System V gABI, "ELF Header" and "Program Header"). */
const layouts = {
  1: { phoff: 0x1c, phentsize: 0x2a, phnum: 0x2c, offset: 4, fileSize: 16, wide: false },
  2: { phoff: 0x20, phentsize: 0x36, phnum: 0x38, offset: 8, fileSize: 32, wide: true },
} as const;

const PT_INTERP = 3;

/** Path of the dynamic loader that an ELF program names (PT_INTERP), undefined for a static program or another file. */
export function elfInterpreter(bytes: Uint8Array): string | undefined {
  const layout = layouts[bytes[4] as 1 | 2];
  if (!isElf(bytes) || layout === undefined || bytes.length < 64) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[5] === 1;
  const word = (at: number): number =>
    layout.wide ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little);
  const start = word(layout.phoff);
  const entrySize = view.getUint16(layout.phentsize, little);
  const count = view.getUint16(layout.phnum, little);
  for (let at = start; at < start + count * entrySize && at + 56 <= bytes.length; at += entrySize) {
    if (view.getUint32(at, little) !== PT_INTERP) continue;
    const offset = word(at + layout.offset);
    const text = bytes.subarray(offset, offset + word(at + layout.fileSize));
    return Buffer.from(text).toString('utf8').replace(/\0.*$/s, '');
  }
  return undefined;
}

export function isElf(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 4)).toString('latin1') === '\u007fELF';
}
