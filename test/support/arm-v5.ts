/** Instructions of ARM code up to v5TE, without conditions and without the `s` of those that set flags. */
const upToV5: ReadonlySet<string> = new Set(
  (
    'and eor sub rsb add adc sbc rsc tst teq cmp cmn orr mov bic mvn neg lsl lsr asr ror rrx mul mla umull umlal smull smlal clz ' +
    'qadd qsub qdadd qdsub ldr ldrb ldrh ldrsb ldrsh ldrd str strb strh strd swp swpb push pop b bl bx blx svc bkpt udf nop pld ' +
    'mrs msr ldm ldmia ldmib ldmda ldmdb ldmfd stm stmia stmib stmda stmdb stmfd .word .short .byte'
  ).split(' '),
);

const condition = /(?:eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)$/u;

/** Of v6 and later among those that Thumb writes in 16 bits. */
const laterThumb = /^(?:[su]xt[bh]|rev(?:16|sh)?|setend|cps\w*|cbn?z|it[te]*|yield|wfe|wfi|sev)$/u;

export interface LaterInstruction {
  /** The function that it is in. */
  readonly place: string;
  readonly instruction: string;
}

/**
 * What a disassembly (`objdump -d` of a file with symbols) has that an ARM926 (v5TE) does not: other instructions of ARM code, Thumb-2
 * (what takes 32 bits in Thumb code and is no call), floating point units.
 */
export function laterThanV5(listing: string): readonly LaterInstruction[] {
  const found: LaterInstruction[] = [];
  let place = '';
  for (const line of listing.split('\n')) {
    const title = /^[0-9a-f]+ <(.*)>:$/u.exec(line);
    if (title !== null) {
      place = title[1] ?? '';
      continue;
    }
    const [, code = '', name = '', operands = ''] = /^ *[0-9a-f]+:\t([0-9a-f ]+)\t(\S+)(.*)$/u.exec(line) ?? [];
    if (name === '' || fits(code.trim(), name)) continue;
    found.push({ place, instruction: `${name}${operands}`.replaceAll('\t', ' ').trim() });
  }
  return found;
}

function fits(code: string, name: string): boolean {
  // Two half words are an instruction of Thumb with 32 bits.
  if (code.includes(' ')) return name === 'bl' || name === 'blx';
  const isThumb = code.length === 4;
  const bare = name.replace(/\.n$/u, '');
  // The hint that is written nop is newer than the move that is.
  if (bare === 'nop') return isThumb ? code === '46c0' : code === 'e1a00000';
  if (isThumb && laterThumb.test(bare)) return false;
  return [bare, bare.replace(condition, '')].some((word) => upToV5.has(word) || upToV5.has(word.replace(/s$/u, '')));
}
