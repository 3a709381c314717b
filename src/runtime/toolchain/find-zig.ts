import { dirname, join, resolve } from 'node:path';
import { hexOf } from '../../crypto/digest.ts';
import { digestOf, measure } from '../../emit/measure.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Target } from '../../spec/targets.ts';
import type { BuildFacts } from '../build-facts.ts';
import { readRecipeFiles } from '../recipe-files.ts';
import { checkMacros } from './check-compiler.ts';
import { commonHelpers, requirePrograms, shownFolders } from './host-programs.ts';
import type { ZigToolchain } from './own-toolchain.ts';

/** zig reads no ELF files for people: the audit of what is linked takes the readelf of this computer, which knows every machine. */
const helpers = [...commonHelpers, 'readelf'];

/** Parts of zig that stand for programs of their own: `zig cc` has no -Map, and not all of what clang and lld can do. */
const parts = ['clang', 'ld.lld'];

const timeoutMs = 30_000;

export function isZig(asked: string): boolean {
  return /(?:^|\/)zig$/u.test(asked);
}

/**
 * Finds zig, before anything is downloaded.
 *
 * @param asked `zig`, with or without a folder
 * @throws KilopyError KP9106 when it or a program is missing, or is no zig that kilopy can use; KP9107 when its clang does not compile for the target
 */
export async function findZig(ctx: Context, target: Target, facts: BuildFacts, asked: string): Promise<ZigToolchain> {
  const found = asked.includes('/') ? resolve(ctx.cwd, asked) : await ctx.tools.find(asked);
  if (found === undefined || (await ctx.tools.find(found)) === undefined) {
    throw new KilopyError('KP9106', `there is no ${asked} on this computer`, {
      why: `--toolchain ${asked} asks for it, to compile for ${target.name}`,
    });
  }
  const [version, library] = [await versionOf(ctx, found), await libraryOf(ctx, found)];
  const program = await ctx.fs.realPath(found);
  const folders = shownFolders([program], [dirname(program), library]);
  await requirePrograms(ctx, asked, [], helpers);
  const machine = facts.muslTarget;
  await checkMacros(ctx, target, facts, { words: [program, 'clang', `--target=${machine}`], machine });
  const files = await readRecipeFiles(ctx, 'zig');
  const shims = below(files, 'toolchain/');
  return {
    name: 'zig',
    version,
    machine,
    sha256: hexOf((await measure(ctx.fs.readStream(program))).digest),
    programs: hexOf(digestOf(Buffer.from(JSON.stringify([...shims])))),
    program,
    library,
    folders,
    shims,
    scripts: below(files, 'musl/'),
  };
}

async function versionOf(ctx: Context, program: string): Promise<string> {
  const version = await ask(ctx, program, ['version']);
  const answers: string[] = [];
  for (const part of parts) answers.push(await ask(ctx, program, [part, '--version']));
  if (/^[\w.+-]+$/u.test(version) && answers.every((text) => /\b(?:clang version|LLD) \d/u.test(text))) return version;
  throw new KilopyError('KP9106', `kilopy does not compile with ${program} ${version.slice(0, 40)}`, {
    why: `it takes a zig that has ${parts.map((part) => `\`zig ${part}\``).join(' and ')} (0.17.1 was tried)`,
    fix: 'take another zig, or a gcc: --toolchain gcc',
  });
}

/** `lib_dir` of what `zig env` prints, as JSON or as ZON. */
async function libraryOf(ctx: Context, program: string): Promise<string> {
  const text = await ask(ctx, program, ['env']);
  const path = /"?lib_dir"?\s*[:=]\s*"([^"]+)"/u.exec(text)?.[1];
  if (path !== undefined && (await ctx.fs.exists(join(path, 'compiler_rt.zig')))) return await ctx.fs.realPath(path);
  throw new KilopyError('KP9106', `${program} does not say where its library is`, {
    why: 'its compiler-rt is a part of every program: `zig env` names lib_dir, with compiler_rt.zig in it',
  });
}

async function ask(ctx: Context, program: string, words: readonly string[]): Promise<string> {
  const { status, stdout } = await ctx.tools.run(program, words, { timeoutMs });
  return status === 0 ? Buffer.from(stdout).toString().trim() : '';
}

function below(files: ReadonlyMap<string, string>, folder: string): ReadonlyMap<string, string> {
  return new Map(
    [...files].flatMap(([path, text]) => (path.startsWith(folder) ? [[path.slice(folder.length), text] as const] : [])),
  );
}
