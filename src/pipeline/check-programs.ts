import type { ElfFile } from '../codec/elf/elf-file.ts';
import { originText } from '../tree/origin-text.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import { factsReader } from '../passes/program-facts.ts';
import { targets, type Target } from '../spec/targets.ts';
import type { Tree } from '../tree/node.ts';
import type { BlobSource } from '../values/blob.ts';

/** Families whose programs a kernel of the target runs beside its own. */
const alsoRuns: Readonly<Partial<Record<Target['name'], readonly Target['name'][]>>> = {
  'linux/amd64': ['linux/386'],
  'linux/arm64': ['linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5'],
};

/**
 * Every program and library of an image is one that its target can run: the processor, 32 or 64 bit, the byte order.
 *
 * @throws KilopyError KP9152 for the first that is not; the others are told with it
 */
export async function checkPrograms(target: Target, tree: Tree, blobs: BlobSource): Promise<void> {
  const facts = factsReader(blobs);
  const families = [target, ...targets.filter(({ name }) => alsoRuns[target.name]?.includes(name) === true)];
  const faults: KilopyError[] = [];
  for (const node of tree.values()) {
    // Without an x bit it is data, such as firmware that the application hands on.
    if (node.type !== 'file' || (node.mode & 0o111) === 0) continue;
    const found = await facts(node);
    if (found.kind !== 'elf' || !['executable', 'shared'].includes(found.elf.type)) continue;
    if (families.some(({ elf }) => fits(found.elf, elf))) continue;
    faults.push(
      new KilopyError('KP9152', `/${node.path} does not run on ${target.name}`, {
        where: originText(node.origin),
        why: `it is ${nameOf(found.elf)}; ${target.name} is ${target.description}`,
      }),
    );
  }
  const [first, ...others] = faults;
  if (first === undefined) return;
  throw others.length === 0
    ? first
    : new KilopyError(first.code, first.message, { where: first.where, why: first.why, others });
}

function fits(elf: ElfFile, wanted: Target['elf']): boolean {
  return elf.class === wanted.class && elf.byteOrder === wanted.byteOrder && elf.machineNumber === wanted.machine;
}

/** `for linux/mipsle (little-endian)`. */
function nameOf(elf: ElfFile): string {
  const names = targets.filter((target) => fits(elf, target.elf)).map(({ name }) => name);
  const words = `${String(elf.class)}-bit ${elf.byteOrder}-endian ${elf.machine}`;
  return names.length === 0 ? `a ${words} program` : `a ${words} program, for ${names.join(', ')}`;
}
