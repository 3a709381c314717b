import { Option, type Command } from 'commander';

/** Options of every command that speaks to a registry. */
export function addRegistryOptions(command: Command): Command {
  return command.addOption(
    new Option('--plain-http <host...>', 'speak plain http with HOST[:PORT]; this machine needs no asking').default(
      [],
      'none',
    ),
  );
}
