/** Fields of an ELF header and of its program headers, 32 bit (gABI, chapters 4 and 5). */
const header = {
  dataOrder: 5,
  programHeaders: 28,
  sectionHeaders: 32,
  programCount: 44,
  sectionCount: 48,
  sectionNames: 50,
};
const program = { bytes: 32, type: 0, offset: 4, fileBytes: 16, alignment: 28 };
/** Behind the headers. */
const compactStart = 0x100;
const compactAlignment = 0x10;
const loaded = 1;

/**
 * A self-extracting kernel with another compressed kernel in it. The decoder stops at the end of what it decodes, so a shorter one may
 * stand in the place of a longer one; the file ends with it, and the rest of the place is memory.
 *
 * @param template the self-extracting kernel, a 32-bit ELF file
 * @param image what is compressed in it now
 * @returns undefined when the new one is longer than the place
 */
export function replaceImage(template: Uint8Array, image: Uint8Array, compressed: Uint8Array): Uint8Array | undefined {
  if (compressed.length > image.length) return undefined;
  const place = Buffer.from(template.buffer, template.byteOffset, template.byteLength).indexOf(image);
  if (place === -1) throw new TypeError('the self-extracting kernel does not hold this image');
  const end = place + compressed.length;
  const file = Buffer.from(template.subarray(0, end));
  file.set(compressed, place);
  const isLittle = file[header.dataOrder] === 1;
  const u16 = (at: number): number => (isLittle ? file.readUInt16LE(at) : file.readUInt16BE(at));
  const u32 = (at: number): number => (isLittle ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const set = (value: number, at: number): number =>
    isLittle ? file.writeUInt32LE(value, at) : file.writeUInt32BE(value, at);
  // The sections, which only linkers read, were behind it.
  set(0, header.sectionHeaders);
  file.fill(0, header.sectionCount, header.sectionNames + 2);
  const table = u32(header.programHeaders);
  const programs = Array.from({ length: u16(header.programCount) }, (_, i) => table + i * program.bytes);
  const holder = programs.find((at) => {
    const offset = u32(at + program.offset);
    return (
      u32(at + program.type) === loaded &&
      offset <= place &&
      offset + u32(at + program.fileBytes) >= place + image.length
    );
  });
  if (holder === undefined) throw new TypeError('the image is in no segment that is loaded');
  const start = u32(holder + program.offset);
  set(end - start, holder + program.fileBytes);
  if (start <= compactStart) return file;
  // The linker leaves 64 kB of zeros before the segment, which no loader asks for.
  for (const at of programs) if (at !== holder) set(0, at + program.type);
  set(compactStart, holder + program.offset);
  set(compactAlignment, holder + program.alignment);
  return Buffer.concat([file.subarray(0, compactStart), file.subarray(start)]);
}
