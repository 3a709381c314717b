import { join, relative } from 'node:path';
import type { CommandModule } from '../command.ts';

export const newCommand: CommandModule = {
  configure(command) {
    command
      .argument('<folder>', 'a folder that does not exist yet; its name becomes the name of the image')
      .option('--template <name>', 'hello, http or cron', 'hello');
  },
  async run({ ctx, args, options }) {
    const { newProject } = await import('../../app/new-project.ts');
    const folder = args[0] ?? '';
    const project = await newProject(ctx, folder, String(options.template));
    const show = relative(ctx.cwd, project.folder) || '.';
    const lines = [
      ...project.files.map((file) => `wrote ${join(show, file)}`),
      '',
      `Next: kilopy build ${show} && kilopy run ${show}`,
    ];
    return { data: { ...project }, text: `${lines.join('\n')}\n` };
  },
};
