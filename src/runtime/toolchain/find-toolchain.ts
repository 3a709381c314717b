import { basename, dirname, join, resolve } from 'node:path';
import { hexOf } from '../../crypto/digest.ts';
import { digestOf } from '../../emit/measure.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { hostTarget } from '../../spec/host-target.ts';
import type { Target } from '../../spec/targets.ts';
import type { BuildFacts } from '../build-facts.ts';
import { buildPath } from '../run-in-root.ts';
import { checkCompiler, type CompilerFacts } from './check-compiler.ts';

/** The compiler of this computer that somebody has asked for, in the place of Debian's. */
export interface OwnToolchain extends CompilerFacts {
  /** Absolute path before the names of its programs, such as `/opt/cross/bin/mips-linux-muslsf-`. */
  readonly prefix: string;
  /** Folders of this computer that the build has to see. */
  readonly folders: readonly string[];
}

/** What scripts run beside compilers, as commonPackages has it from Debian. */
const helpers = 'make sh sed grep awk find xargs cmp tar gzip bzip2 xz patch python3 sort readlink sha256sum gcc strip';
const binutils = ['ar', 'ranlib', 'strip', 'readelf', 'objdump'];

const systemFolders = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc'];
/**
 * Finds the compiler that is meant, before anything is downloaded, and asks it what it is and what it compiles for.
 *
 * @param asked `gcc`: this computer's, for another machine Debian's cross compiler of that name. Else what stands before `gcc` in the name of
 *   the compiler, with or without a folder: `mips-linux-muslsf-`, `/opt/cross/bin/mips-linux-muslsf-`.
 * @throws KilopyError KP9106 when a program is missing, KP9107 when the compiler is for another machine
 */
export async function findToolchain(
  ctx: Context,
  target: Target,
  facts: BuildFacts,
  asked: string,
): Promise<OwnToolchain> {
  const program = await findCompiler(ctx, target, asked);
  const prefix = program.slice(0, -'gcc'.length);
  const missing: string[] = [];
  for (const name of binutils) if (!(await ctx.fs.exists(prefix + name))) missing.push(prefix + name);
  for (const name of helpers.split(' ')) if (!(await isHelper(ctx, name))) missing.push(name);
  const real = await ctx.fs.realPath(program);
  if (dirname(program) === '/' || dirname(real) === '/') {
    throw new KilopyError('KP9106', `the compiler ${program} lies in / itself`, {
      why: 'a build sees folders of this computer, and not all of it',
    });
  }
  if (missing.length > 0) {
    throw new KilopyError('KP9106', `the toolchain ${asked} is not complete: ${missing.join(', ')}`, {
      why: `compiling with a compiler of this computer takes its other programs, too, those of ${buildPath.join(':')}`,
    });
  }
  const compiler = await checkCompiler(ctx, target, facts, program);
  const homes = [homeOf(program), homeOf(real)].filter(
    // All of this computer is not shown: `/bin` is one of the system's folders already.
    (home) => home !== '/' && !systemFolders.some((folder) => home === folder || home.startsWith(`${folder}/`)),
  );
  return {
    ...compiler,
    sha256: hexOf(digestOf(await ctx.fs.readFile(real))),
    prefix,
    folders: [...systemFolders, ...new Set(homes)],
  };
}

/** Whether the build finds it; the PATH of whoever started kilopy is no matter there. */
async function isHelper(ctx: Context, name: string): Promise<boolean> {
  for (const folder of buildPath) if ((await ctx.tools.find(join(folder, name))) !== undefined) return true;
  return false;
}

async function findCompiler(ctx: Context, target: Target, asked: string): Promise<string> {
  if (/(?:^|\/)zig$/u.test(asked)) {
    // Tried with zig 0.17.1: `-Map` is "unsupported linker arg", `-z noseparate-code` "unsupported linker extension flag".
    throw new KilopyError('KP9106', 'kilopy does not compile with zig', {
      why: 'its linker writes no map (-Map), by which every object of a program is looked at: whether it is for the processor, and of the right float ABI',
      fix: 'name a gcc: --toolchain gcc, or what stands before gcc in the name of a cross compiler',
    });
  }
  const isNative = hostTarget(ctx.host)?.name === target.name;
  const word = asked === 'gcc' ? (isNative ? 'gcc' : `${target.gnuTriplet}-gcc`) : asked.replace(/(?:gcc)?$/u, 'gcc');
  const found = word.includes('/') ? resolve(ctx.cwd, word) : await ctx.tools.find(word);
  if (found !== undefined && (await ctx.tools.find(found)) !== undefined) return found;
  throw new KilopyError('KP9106', `there is no compiler ${word} on this computer`, {
    why: `--toolchain ${asked} asks for it, to compile for ${target.name}`,
  });
}

/** Compilers find their parts from where they are: `bin/` is beside `lib/`. */
function homeOf(program: string): string {
  const folder = dirname(program);
  return basename(folder) === 'bin' ? dirname(folder) : folder;
}
