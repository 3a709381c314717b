import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Target } from '../../spec/targets.ts';
import type { BuildFacts } from '../build-facts.ts';

/** What a compiler says of itself. */
export interface CompilerFacts {
  readonly name: 'gcc' | 'zig';
  /** Such as `12.2.0`. */
  readonly version: string;
  /** GNU triplet of what it compiles for. */
  readonly machine: string;
  /** Of the compiler's own file, hexadecimal. */
  readonly sha256: string;
  /** SHA-256 of the programs of ours that stand between it and the scripts, where there are some. */
  readonly programs?: string;
}

/** The macro that says which machine code is made for, by e_machine. */
const machineMacros: Readonly<Record<number, string>> = {
  3: '__i386__',
  8: '__mips__',
  40: '__arm__',
  62: '__x86_64__',
  183: '__aarch64__',
  243: '__riscv',
};

/**
 * Asks a compiler for its version, and by the macros that it defines under the flags of a target whether it compiles for that.
 *
 * @throws KilopyError KP9106 when it does not run, KP9107 when it is for another machine
 */
export async function checkCompiler(
  ctx: Context,
  target: Target,
  facts: BuildFacts,
  program: string,
): Promise<Omit<CompilerFacts, 'sha256'>> {
  const machine = await ask(ctx, program, ['-dumpmachine']);
  const version = await ask(ctx, program, ['-dumpfullversion', '-dumpversion']);
  await checkMacros(ctx, target, facts, { words: [program], machine });
  return { name: 'gcc', version, machine };
}

interface CompilerCommand {
  /** The program, and words before all others. */
  readonly words: readonly string[];
  readonly machine: string;
}

/** @throws KilopyError KP9107 when the macros that a compiler defines under the flags of a target are those of another machine */
export async function checkMacros(
  ctx: Context,
  target: Target,
  { archFlags }: BuildFacts,
  { words: [program = '', ...words], machine }: CompilerCommand,
): Promise<void> {
  const flags = archFlags.split(' ').filter((flag) => flag !== '');
  const args = [...words, ...flags, '-dM', '-E', '-x', 'c', '/dev/null'];
  const { status, stdout, stderr } = await ctx.tools.run(program, args, { timeoutMs: 30_000 });
  const faults =
    status === 0
      ? faultsOf(target, readMacros(Buffer.from(stdout).toString()))
      : [stderr.trim().split('\n')[0] ?? `it ended with ${String(status)}`];
  if (faults.length === 0) return;
  throw new KilopyError('KP9107', `${program} compiles for ${machine}, not for ${target.name}`, {
    why: [...(flags.length > 0 ? [`with ${flags.join(' ')}`] : []), ...faults].join(': '),
  });
}

async function ask(ctx: Context, program: string, args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await ctx.tools.run(program, args, { timeoutMs: 30_000 });
  const said = Buffer.from(stdout).toString().trim();
  if (status === 0 && /^[\w.-]+$/u.test(said)) return said;
  throw new KilopyError('KP9106', `${program} ${args[0] ?? ''} does not answer as gcc does`, {
    why: `it ended with ${String(status)} and said ${JSON.stringify((said + stderr).slice(0, 200))}`,
  });
}

function readMacros(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^#define (\w+) (.*)$/gmu)].map(([, name = '', value = '']) => [name, value]));
}

function faultsOf({ elf }: Target, macros: ReadonlyMap<string, string>): readonly string[] {
  const faults: string[] = [];
  const machine = machineMacros[elf.machine] ?? '';
  if (!macros.has(machine)) faults.push(`it does not define ${machine}`);
  if (Number(macros.get('__SIZEOF_POINTER__')) * 8 !== elf.class)
    faults.push(`its pointers do not have ${String(elf.class)} bits`);
  if (macros.get('__BYTE_ORDER__') !== `__ORDER_${elf.byteOrder.toUpperCase()}_ENDIAN__`)
    faults.push(`it is not ${elf.byteOrder}-endian`);
  const soft = macros.has('__mips_soft_float') || macros.has('__SOFTFP__');
  if (elf.floatAbi === 'soft' && !soft) faults.push('it uses a floating point unit');
  if (elf.floatAbi === 'hard' && macros.has('__arm__') && !macros.has('__ARM_PCS_VFP'))
    faults.push('it does not pass floats in registers of a floating point unit');
  return faults;
}
