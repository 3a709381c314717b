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
  checkElf(target, elf);
  const runner = await runnerOf(ctx, target, facts);
  if (runner === undefined) return false;
  const folder = await ctx.fs.makeTempDirectory(join(ctx.host.tempFolder, 'kilopy-prove-'));
  try {
    const file = join(folder, 'micropython');
    await ctx.fs.writeFile(file, elf);
    await ctx.fs.chmod(file, 0o755);
    const [program, ...args] = [...runner, file, '-c', script];
    const { stdout } = await ctx.tools.run(program ?? file, args);
    const said = Buffer.from(stdout).toString().trim();
    const wanted = `6148914691236517205 4.5 ${target.elf.byteOrder} 2`;
    if (said === wanted) return true;
    throw new KilopyError('KP9102', `the runtime for ${target.name} computes wrongly`, {
      why: `it said "${said}" where "${wanted}" is right`,
    });
  } finally {
    await ctx.fs.remove(folder);
  }
}

function checkElf(target: Target, bytes: Uint8Array): void {
  const elf = readElf(bytes, 'micropython');
  const { elf: wanted } = target;
  const fits =
    elf?.class === wanted.class &&
    elf.byteOrder === wanted.byteOrder &&
    elf.machineNumber === wanted.machine &&
    elf.interpreter === undefined;
  const float = elf?.abi.float;
  if (fits && (wanted.floatAbi !== 'soft' || float === undefined || float === 'soft')) return;
  throw new KilopyError('KP9102', `what was built for ${target.name} is no static program of it`, {
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
