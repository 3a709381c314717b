import { dirname } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Target } from '../../spec/targets.ts';
import type { BuildFacts } from '../build-facts.ts';
import type { RootPlan } from '../build-in-root.ts';
import type { Compiler } from '../compiler.ts';
import { inScratch } from '../full-disk.ts';
import { isZig } from './find-zig.ts';
import type { GccToolchain, OwnToolchain, ZigToolchain } from './own-toolchain.ts';
import { zigFacts, type ZigFacts } from './zig-facts.ts';

/** Where the scripts find it, whatever its name and folder are: those must not be in a recipe. */
const home = '/toolchain';

const programs = ['gcc', 'ar', 'ranlib', 'strip', 'readelf', 'objdump'];

/** How the compiler that is asked for makes a runtime; what stands in for Debian's libgcc of another float ABI is not there. */
export function ownFacts(target: Target, facts: BuildFacts, asked: string): BuildFacts {
  const { archFlags, pythonFlags } = isZig(asked) ? zigFactsOf(target) : facts;
  return { ...facts, archFlags, pythonFlags, softFlags: undefined };
}

/** @throws KilopyError KP9106 for a target that nobody has tried it for */
function zigFactsOf({ name }: Target): ZigFacts {
  const facts = zigFacts[name];
  if (facts !== undefined) return facts;
  throw new KilopyError('KP9106', `kilopy does not compile for ${name} with zig`, {
    why: `it does for ${Object.keys(zigFacts).join(', ')}`,
    fix: 'leave --toolchain out, or name a gcc',
  });
}

/** A compiler of this computer, as the scripts use it and as a recipe tells it. */
export function ownCompiler(target: Target, toolchain: OwnToolchain): Compiler {
  const { name, version, machine, sha256, programs: shims } = toolchain;
  const own = { name, version, machine, sha256, ...(shims !== undefined && { programs: shims }) };
  const compiler = { packages: [], prefix: `${home}/bin/`, own };
  if (name === 'gcc') return compiler;
  const { zigTarget: ZIG_TARGET, zigCpu: ZIG_CPU } = zigFactsOf(target);
  return { ...compiler, variables: { ZIG_TARGET, ZIG_CPU } };
}

/** A root that has this computer's own programs in it, which cannot be written there. */
export function ownRootPlan(ctx: Context, toolchain: OwnToolchain): RootPlan {
  const { files, links, setup } = toolchain.name === 'zig' ? zigParts(toolchain) : gccParts(toolchain);
  return {
    packages: [],
    hostFolders: toolchain.folders,
    setup,
    async unpack(folder) {
      await inScratch(ctx, async () => {
        for (const [path, text] of files) {
          const file = `${folder}${home}/${path}`;
          await ctx.fs.makeDirectory(dirname(file));
          await ctx.fs.writeFile(file, text);
          await ctx.fs.chmod(file, 0o755);
        }
        for (const [path, aim] of links) {
          await ctx.fs.makeDirectory(dirname(`${folder}${home}/${path}`));
          await ctx.fs.symlink(aim, `${folder}${home}/${path}`);
        }
      });
    },
  };
}

interface ToolchainParts {
  /** By path below /toolchain. */
  readonly files: ReadonlyMap<string, string>;
  readonly links: ReadonlyMap<string, string>;
  readonly setup: string;
}

function gccParts({ prefix }: GccToolchain): ToolchainParts {
  const files = programs.map((name) => [`bin/${name}`, `#!/bin/sh\nexec '${prefix}${name}' "$@"\n`] as const);
  return { files: new Map(files), links: new Map(), setup: '' };
}

function zigParts({ program, library, shims }: ZigToolchain): ToolchainParts {
  const links = new Map([
    ['zig/zig', program],
    ['zig/lib', library],
  ]);
  return { files: shims, links, setup: `. ${home}/setup.sh` };
}
