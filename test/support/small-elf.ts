/** One section of a small ELF file. */
export interface SmallSection {
  readonly name: string;
  /** sh_type */
  readonly type: number;
  /** sh_flags */
  readonly flags: number;
  readonly content: Uint8Array;
}

interface SmallElf {
  readonly order: 'little' | 'big';
  readonly sections: readonly SmallSection[];
  /** p_type, and the name of the section that the segment is. */
  readonly segments?: readonly (readonly [type: number, section: string])[];
}

const sizes = { header: 52, segment: 32, section: 40 } as const;

/** A 32-bit ELF file that has sections and segments, and nothing else that is true. */
export function smallElf({ order, sections, segments = [] }: SmallElf): Buffer {
  const all = [{ name: '', type: 0, flags: 0, content: Buffer.alloc(0) }, ...sections];
  const names = Buffer.from([...all.map(({ name }) => name), '.shstrtab'].map((name) => `${name}\0`).join(''));
  all.push({ name: '.shstrtab', type: 3, flags: 0, content: names });
  const parts: Uint8Array[] = [];
  let at = sizes.header + sizes.segment * segments.length;
  const headers = all.map(({ name, type, flags, content }) => {
    const offset = at;
    parts.push(content);
    at += content.length;
    const nameAt = name === '' ? 0 : names.indexOf(`\0${name}\0`) + 1;
    return { name, words: [nameAt, type, flags, 0, offset, content.length, 0, 0, 1, 0] };
  });
  const words = (values: readonly number[], bytes: 2 | 4): Buffer => {
    const out = Buffer.alloc(values.length * bytes);
    values.forEach((value, i) =>
      order === 'little' ? out.writeUIntLE(value, i * bytes, bytes) : out.writeUIntBE(value, i * bytes, bytes),
    );
    return out;
  };
  const header = Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, 1, order === 'little' ? 1 : 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    words([2, 8], 2),
    words([1, 0, sizes.header, at, 0], 4),
    words([sizes.header, sizes.segment, segments.length, sizes.section, all.length, all.length - 1], 2),
  ]);
  const loaded = segments.map(([type, name]) => {
    const found = headers.find((one) => one.name === name);
    const [offset = 0, size = 0] = found?.words.slice(4, 6) ?? [];
    return words([type, offset, 0, 0, size, size, 4, 1], 4);
  });
  return Buffer.concat([header, ...loaded, ...parts, ...headers.map((one) => words(one.words, 4))]);
}
