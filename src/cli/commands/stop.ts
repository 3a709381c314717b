import { KilopyError } from '../../errors/kilopy-error.ts';
import type { CommandModule } from '../command.ts';

export const stopCommand: CommandModule = {
  configure(command) {
    command
      .argument('[ids...]', 'as kilopy run --detach printed them')
      .option('--all', 'every machine in the background');
  },
  async run({ ctx, args, options }) {
    const { findInstance, listInstances, stopInstance } = await import('../../machine/qemu-system/instances.ts');
    if (args.length === 0 && options.all !== true) {
      throw new KilopyError('KP1001', 'kilopy stop needs an id, or --all', {
        fix: 'kilopy machines lists what is running',
      });
    }
    const instances =
      options.all === true ? await listInstances(ctx) : await Promise.all(args.map((id) => findInstance(ctx, id)));
    const stopped = await Promise.all(
      instances.map(async (instance) => ({ id: instance.id, how: await stopInstance(ctx, instance) })),
    );
    return { data: { stopped }, text: stopped.map(({ id, how }) => `${id}: ${how}\n`).join('') };
  },
};
