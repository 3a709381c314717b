import { KilopyError } from '../../errors/kilopy-error.ts';
import { nearest } from '../../errors/nearest.ts';
import type { CommandModule } from '../command.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

const useIt: Readonly<Record<(typeof shells)[number], string>> = {
  bash: 'eval "$(kilopy completion bash)" in ~/.bashrc',
  zsh: 'eval "$(kilopy completion zsh)" in ~/.zshrc, after compinit',
  fish: 'kilopy completion fish > ~/.config/fish/completions/kilopy.fish',
};

export const completionCommand: CommandModule = {
  configure(command) {
    const lines = shells.map((shell) => `  ${shell.padEnd(5)} ${useIt[shell]}`);
    command.argument('<shell>', shells.join(', ')).addHelpText('after', `\nTo use it:\n${lines.join('\n')}\n`);
  },
  async run({ args }) {
    const shell = shells.find((name) => name === args[0]);
    if (shell === undefined) {
      const [near] = nearest(args[0] ?? '', shells, 1);
      throw new KilopyError('KP1001', `there is no completion for ${args[0] ?? ''}`, {
        fix: near === undefined ? `choose one of ${shells.join(', ')}` : `did you mean kilopy completion ${near}?`,
      });
    }
    const [{ completionTable }, { scripts }] = await Promise.all([
      import('../completion/completion-table.ts'),
      import('../completion/scripts.ts'),
    ]);
    const script = scripts[shell](await completionTable());
    return { data: { shell, script }, text: script };
  },
};
