import { resolve } from 'node:path';
import { hexOf } from '../../crypto/digest.ts';
import { digestOf } from '../../emit/measure.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { hostTarget } from '../../spec/host-target.ts';
import type { Target } from '../../spec/targets.ts';
import type { BuildFacts } from '../build-facts.ts';
import { checkCompiler } from './check-compiler.ts';
import { findZig, isZig } from './find-zig.ts';
import { commonHelpers, homeOf, requirePrograms, shownFolders } from './host-programs.ts';
import type { GccToolchain, OwnToolchain } from './own-toolchain.ts';

/** mpy-cross is made with this computer's own gcc, whatever the cross compiler is. */
const helpers = [...commonHelpers, 'gcc', 'strip'];
const binutils = ['ar', 'ranlib', 'strip', 'readelf', 'objdump'];

/**
 * Finds the compiler that is meant, before anything is downloaded, and asks it what it is and what it compiles for.
 *
 * @param asked `gcc`: this computer's, for another machine Debian's cross compiler of that name. Else what stands before `gcc` in the name of
 *   the compiler, with or without a folder: `mips-linux-muslsf-`, `/opt/cross/bin/mips-linux-muslsf-`. Or `zig`, with or without a folder.
 * @throws KilopyError KP9106 when a program is missing, KP9107 when the compiler is for another machine
 */
export async function findToolchain(
  ctx: Context,
  target: Target,
  facts: BuildFacts,
  asked: string,
): Promise<OwnToolchain> {
  return isZig(asked) ? await findZig(ctx, target, facts, asked) : await findGcc(ctx, target, facts, asked);
}

async function findGcc(ctx: Context, target: Target, facts: BuildFacts, asked: string): Promise<GccToolchain> {
  const program = await findCompiler(ctx, target, asked);
  const prefix = program.slice(0, -'gcc'.length);
  const real = await ctx.fs.realPath(program);
  const folders = shownFolders([program, real], [program, real].map(homeOf));
  const missing: string[] = [];
  for (const name of binutils) if (!(await ctx.fs.exists(prefix + name))) missing.push(prefix + name);
  await requirePrograms(ctx, asked, missing, helpers);
  const compiler = await checkCompiler(ctx, target, facts, program);
  return { ...compiler, name: 'gcc', sha256: hexOf(digestOf(await ctx.fs.readFile(real))), prefix, folders };
}

async function findCompiler(ctx: Context, target: Target, asked: string): Promise<string> {
  const isNative = hostTarget(ctx.host)?.name === target.name;
  const word = asked === 'gcc' ? (isNative ? 'gcc' : `${target.gnuTriplet}-gcc`) : asked.replace(/(?:gcc)?$/u, 'gcc');
  const found = word.includes('/') ? resolve(ctx.cwd, word) : await ctx.tools.find(word);
  if (found !== undefined && (await ctx.tools.find(found)) !== undefined) return found;
  throw new KilopyError('KP9106', `there is no compiler ${word} on this computer`, {
    why: `--toolchain ${asked} asks for it, to compile for ${target.name}`,
  });
}
