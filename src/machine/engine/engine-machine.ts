import type { Context } from '../../io/context.ts';
import { hostArchitecture } from '../host-architecture.ts';
import type { Availability, Machine, RunnableTarget } from '../machine.ts';
import { runEngine, type Engine } from './engine.ts';
import { runInEngine } from './run-in-engine.ts';

/** Podman or Docker: the archive is loaded, run once under a unique name, and both are removed. */
export function engineMachine(engine: Engine): Machine {
  return {
    name: engine.name,
    async available(ctx, target) {
      if ((await ctx.tools.find(engine.name)) === undefined) {
        return { ok: false, why: `${engine.name} is not installed`, fix: `sudo apt install ${engine.package}` };
      }
      const { status, stderr } = await runEngine(ctx, engine, engine.probe);
      if (status !== 0) {
        return {
          ok: false,
          why: `${engine.name} does not answer: ${stderr.split('\n')[0] ?? ''}`,
          fix: 'start its service',
        };
      }
      return await architectureAnswer(ctx, engine, target);
    },
    run: async (ctx, image, options) => await runInEngine(ctx, engine, image, options),
  };
}

/** Engines leave foreign programs to binfmt_misc, whose interpreter must be opened when it is registered (flag F): the image lacks it. */
async function architectureAnswer(ctx: Context, engine: Engine, target: RunnableTarget): Promise<Availability> {
  const host = await hostArchitecture(ctx);
  if (host.runs.includes(target.name)) return { ok: true, why: `${engine.name} on this processor` };
  const file = `/proc/sys/fs/binfmt_misc/${target.qemuUser}`;
  const entry = (await ctx.fs.exists(file)) ? await ctx.fs.readText(file) : '';
  if (/^enabled$/m.test(entry) && /^flags:.*F/m.test(entry)) {
    return { ok: true, why: `${engine.name}, with ${target.qemuUser} registered in binfmt_misc` };
  }
  return {
    ok: false,
    why: `${engine.name} needs ${target.qemuUser} in binfmt_misc to run ${target.name}`,
    fix: 'sudo apt install qemu-user-static binfmt-support, or use --machine qemu-user',
  };
}
