import { join } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { readElf } from '../../codec/elf/read-elf.ts';
import type { Context } from '../../io/context.ts';
import { hostArchitecture } from '../../machine/host-architecture.ts';
import type { Target } from '../../spec/targets.ts';
import type { BuildFacts } from '../build-facts.ts';

/** Floats, big numbers, byte order, a task of asyncio: the parts that a wrong ABI breaks first. */
const script = `
import asyncio, json, sys, struct
async def main():
    await asyncio.sleep(0)
    return 2 ** 64 // 3
value = asyncio.run(main())
print(value, json.loads('[1.5]')[0] * 3, sys.byteorder, struct.pack('>I', 258)[3])
`;

/**
 * Runs a runtime once, on this kernel or under QEMU as the least processor of its target.
 *
 * @returns false when nothing here can run it
 * @throws KilopyError KP9102 when it is for another machine, or says something wrong
 */
export async function proveRuntime(ctx: Context, target: Target, facts: BuildFacts, elf: Uint8Array): Promise<boolean> {
  checkMachine(target, elf, 'micropython');
  if (readElf(elf, 'micropython')?.interpreter !== undefined)
    throw new KilopyError('KP9102', `what was built for ${target.name} is no static program`);
  return await proveFiles(ctx, target, facts, {
    files: { micropython: elf },
    command: (folder) => [join(folder, 'micropython')],
  });
}

interface Proof {
  /** By name in a folder of their own; all of them may be executed. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** The words that start MicroPython, when the files are in this folder. */
  readonly command: (folder: string) => readonly string[];
  /** A script beside the one that every runtime runs, and what it prints. */
  readonly further?: { readonly script: string; readonly says: string };
}

/**
 * Runs a MicroPython that consists of these files.
 *
 * @returns false when nothing here can run it
 * @throws KilopyError KP9102 when it says something wrong
 */
export async function proveFiles(ctx: Context, target: Target, facts: BuildFacts, proof: Proof): Promise<boolean> {
  const runner = await runnerOf(ctx, target, facts);
  if (runner === undefined) return false;
  const folder = await ctx.fs.makeTempDirectory(join(ctx.host.tempFolder, 'kilopy-prove-'));
  try {
    for (const [name, bytes] of Object.entries(proof.files)) {
      await ctx.fs.writeFile(join(folder, name), bytes);
      await ctx.fs.chmod(join(folder, name), 0o755);
    }
    const [program = '', ...args] = [...runner, ...proof.command(folder)];
    const wanted = `6148914691236517205 4.5 ${target.elf.byteOrder} 2`;
    for (const { script: text, says } of [{ script, says: wanted }, ...(proof.further ? [proof.further] : [])]) {
      const { stdout, stderr } = await ctx.tools.run(program, [...args, '-c', text]);
      const said = Buffer.from(stdout).toString().trim();
      if (said === says) continue;
      throw new KilopyError('KP9102', `the runtime for ${target.name} computes wrongly`, {
        why: `it said "${said === '' ? stderr.trim() : said}" where "${says}" is right`,
      });
    }
    return true;
  } finally {
    await ctx.fs.remove(folder);
  }
}

/** @throws KilopyError KP9102 when a program or library is not for that machine */
export function checkMachine(target: Target, bytes: Uint8Array, name: string): void {
  const elf = readElf(bytes, name);
  const { elf: wanted } = target;
  const fits =
    elf?.class === wanted.class && elf.byteOrder === wanted.byteOrder && elf.machineNumber === wanted.machine;
  const float = elf?.abi.float;
  if (fits && (wanted.floatAbi !== 'soft' || float === undefined || float === 'soft')) return;
  throw new KilopyError('KP9102', `what was built for ${target.name} is no program of it`, {
    where: name,
    why: `it is a ${String(elf?.class)}-bit ${elf?.byteOrder ?? ''}-endian ${elf?.machine ?? 'unknown'} program${float === undefined ? '' : `, ${float} float`}`,
  });
}

async function runnerOf(ctx: Context, target: Target, { qemuCpu }: BuildFacts): Promise<readonly string[] | undefined> {
  if ((await hostArchitecture(ctx)).runs.includes(target.name)) return [];
  for (const name of [`${target.qemuUser}-static`, target.qemuUser]) {
    const path = await ctx.tools.find(name);
    if (path !== undefined) return qemuCpu === undefined ? [path] : [path, '-cpu', qemuCpu];
  }
  return undefined;
}
