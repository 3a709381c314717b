import { join } from 'node:path';
import type { CommandModule } from '../command.ts';

const pauseMs = 100;

export const logsCommand: CommandModule = {
  configure(command) {
    command
      .argument('<id>', 'as kilopy run --detach printed it')
      .option('-f, --follow', 'go on until the machine is off');
  },
  async run({ ctx, args, options }) {
    const { findInstance } = await import('../../machine/qemu-system/instances.ts');
    const { isAlive } = await import('../../io/processes.ts');
    const instance = await findInstance(ctx, args[0] ?? '');
    const path = join(instance.folder, 'log');
    const read = async (): Promise<Uint8Array> => await ctx.fs.readFile(path).catch(() => new Uint8Array());
    if (options.follow !== true) {
      const text = Buffer.from(await read()).toString();
      return { data: { id: instance.id, log: text }, text };
    }
    return { data: {}, text: follow() };

    async function* follow(): AsyncGenerator<string> {
      for (let at = 0, last = false; ;) {
        const bytes = await read();
        if (bytes.length > at) yield Buffer.from(bytes.subarray(at)).toString();
        at = Math.max(at, bytes.length);
        if (last || ctx.signal.aborted) return;
        last = !isAlive(instance.pid, instance.processStart);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  },
};
