import { KilopyError } from '../errors/kilopy-error.ts';
import type { Target } from '../spec/targets.ts';

/** What readelf says of one object of a link, by the words before the colon. */
export interface LinkedObject {
  readonly name: string;
  readonly facts: ReadonlyMap<string, string>;
  /** Disassembled instructions with registers of a floating point unit, in objects that must have none. */
  readonly floats: readonly string[];
}

/** The text that device/musl/audit.sh leaves behind. */
export function readObjects(text: string): readonly LinkedObject[] {
  const objects: { name: string; facts: Map<string, string>; floats: string[] }[] = [];
  const byName = new Map<string, (typeof objects)[number]>();
  for (const line of text.split('\n')) {
    const [, word = '', value = ''] = /^\s*([^:]+):\s*(.*?)\s*$/.exec(line) ?? [];
    if (word === 'File') {
      const made = { name: value, facts: new Map<string, string>(), floats: [] };
      objects.push(made);
      byName.set(value, made);
    } else if (word === 'Float') {
      const [, file = '', code = ''] = /^(.+?): (.*)$/.exec(value) ?? [];
      byName.get(file)?.floats.push(code.trim());
    } else if (word !== '') objects.at(-1)?.facts.set(word, value);
  }
  return objects;
}

/** Architectures of ARM up to v5TE, as readelf writes them. */
const armUpTo5: ReadonlySet<string> = new Set(['Pre-v4', 'v4', 'v4T', 'v5T', 'v5TE', 'v5TEJ']);

/** musl's, with instructions of v6 and v7 that it chooses at run time by what the kernel says of the processor. */
const choosesAtRunTime = /\/libc\.a\/atomics\.o$/;

/**
 * Whether every object of a link is for the target: its class, byte order and float ABI, and no newer processor. A linker only warns.
 *
 * @throws KilopyError KP9102 naming objects and what is wrong with them
 */
export function auditObjects(target: Target, text: string, title: string): readonly LinkedObject[] {
  const objects = readObjects(text);
  // crt1.o, a part of the C library and the program itself at the least; less means that the map was not understood.
  const faults = objects.length < 3 ? ['the map of the linker names no objects'] : [];
  for (const object of objects) faults.push(...faultsOf(target, object).map((fault) => `${object.name}: ${fault}`));
  if (faults.length === 0) return objects;
  throw new KilopyError('KP9102', `what was built for ${target.name} (${title}) has parts of another machine`, {
    why: faults.slice(0, 8).join('\n'),
    data: { faults },
  });
}

function faultsOf(target: Target, { name, facts, floats }: LinkedObject): readonly string[] {
  const { elf } = target;
  const faults: string[] = [];
  const wanted = { Class: `ELF${String(elf.class)}`, Data: `2's complement, ${elf.byteOrder} endian` };
  for (const [word, value] of Object.entries(wanted))
    if (facts.get(word) !== value) faults.push(`${word} is ${facts.get(word) ?? 'missing'}, not ${value}`);
  if (elf.floatAbi === 'soft') {
    const abi = facts.get('FP ABI') ?? 'Soft float';
    if (abi !== 'Soft float' && abi !== 'Hard or soft float') faults.push(`FP ABI is ${abi}`);
    const unit = facts.get('Tag_FP_arch');
    // `No` is written where an assembler text says so itself.
    if (unit !== undefined && unit !== 'No') faults.push(`needs the floating point unit ${unit}`);
    const registers = facts.get('Tag_ABI_VFP_args');
    if (registers !== undefined) faults.push(`passes floats in ${registers}`);
    for (const code of floats.slice(0, 2)) faults.push(`has the instruction ${code}`);
  }
  const cpu = facts.get('Tag_CPU_arch');
  if (target.name === 'linux/arm/v5' && cpu !== undefined && !armUpTo5.has(cpu) && !choosesAtRunTime.test(name))
    faults.push(`is for ARM${cpu}`);
  const isa = facts.get('ISA');
  if (isa !== undefined && !/^MIPS(?:1|2|32|32r2)$/.test(isa)) faults.push(`is for ${isa}`);
  return faults;
}
