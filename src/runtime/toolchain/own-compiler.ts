import type { Context } from '../../io/context.ts';
import type { RootPlan } from '../build-in-root.ts';
import type { Compiler } from '../compiler.ts';
import { inScratch } from '../full-disk.ts';
import type { OwnToolchain } from './find-toolchain.ts';

/** Where the scripts find it, whatever its name and folder are: those must not be in a recipe. */
const prefix = '/toolchain/bin/';

const programs = ['gcc', 'ar', 'ranlib', 'strip', 'readelf', 'objdump'];

/** A compiler of this computer, as the scripts use it and as a recipe tells it. */
export function ownCompiler({ name, version, machine, sha256 }: OwnToolchain): Compiler {
  return { packages: [], prefix, own: { name, version, machine, sha256 } };
}

/** A root that has this computer's own programs in it, which cannot be written there. */
export function ownRootPlan(ctx: Context, toolchain: OwnToolchain): RootPlan {
  return {
    packages: [],
    hostFolders: toolchain.folders,
    setup: '',
    async unpack(folder) {
      await inScratch(ctx, async () => {
        await ctx.fs.makeDirectory(`${folder}${prefix}`);
        for (const name of programs) {
          const file = `${folder}${prefix}${name}`;
          await ctx.fs.writeFile(file, `#!/bin/sh\nexec '${toolchain.prefix}${name}' "$@"\n`);
          await ctx.fs.chmod(file, 0o755);
        }
      });
    },
  };
}
