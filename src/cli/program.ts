import { Command, CommanderError, Option } from 'commander';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { CommandModule } from './command.ts';
import { commands } from './commands.ts';
import { rootHelp } from './root-help.ts';
import { version } from '../io/version.ts';

/** What the command line asks for. */
export type Parsed =
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly module: CommandModule;
      readonly command: Command;
      readonly args: readonly string[];
    }
  | { readonly kind: 'text'; readonly text: string };

/**
 * Parses with commander. Only the command that is named is loaded and configured; for the help page a row of the table
 * is enough, which keeps `kilopy --help` quick.
 *
 * @throws KilopyError KP1001 for what commander refuses.
 */
export async function parseArguments(argv: readonly string[]): Promise<Parsed> {
  let out = '';
  let problem = '';
  let called: Parsed | undefined;
  const program = quiet(
    new Command('kilopy'),
    (text) => (out += text),
    (text) => (problem += text),
  )
    .description('Turns a folder with a main.py into a Linux image measured in kilobytes.')
    .version(version, '-V, --version')
    .helpCommand('help [command]', 'Show help for a command');
  program.helpInformation = rootHelp;
  const words = argv.filter((word) => !word.startsWith('-')).slice(0, 2);
  const wanted = new Set(words);
  const [first] = words;
  // Beside a command that is there the others are only in the way; a word that is none is compared with all.
  const isThere = commands.some(({ name }) => name === first);
  for (const row of isThere ? commands.filter(({ name }) => name === first) : commands) {
    const command = quiet(
      new Command(row.name),
      (text) => (out += text),
      (text) => (problem += text),
    ).summary(row.summary);
    if (wanted.has(row.name)) {
      const module = await row.load();
      module.configure(command.description(row.summary));
      for (const leaf of leaves(command)) {
        addCommonOptions(leaf);
        leaf.action(() => {
          called = { kind: 'call', name: path(leaf), module, command: leaf, args: leaf.args };
        });
      }
    }
    program.addCommand(command);
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0 || out !== '') return { kind: 'text', text: out };
    if (error.code === 'commander.help') throw needsSubcommand(program, argv);
    throw new KilopyError('KP1001', commanderMessage(problem, error), {
      fix: 'kilopy --help lists the commands; kilopy COMMAND --help its options',
    });
  }
  return called ?? { kind: 'text', text: out };
}

/** Of a command such as `cache`, which does nothing by itself. */
function needsSubcommand(program: Command, argv: readonly string[]): KilopyError {
  const parent = program.commands.find((command) => command.commands.length > 0 && argv.includes(command.name()));
  const names = parent?.commands.map((command) => command.name()) ?? [];
  return new KilopyError('KP1001', `kilopy ${parent?.name() ?? 'COMMAND'} needs one of: ${names.join(', ')}`, {
    fix: `kilopy ${parent?.name() ?? 'COMMAND'} --help shows each`,
  });
}

function quiet(command: Command, out: (text: string) => void, problem: (text: string) => void): Command {
  return command
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: problem, getOutHelpWidth: () => 100, getErrHelpWidth: () => 100 })
    .showSuggestionAfterError(true);
}

function leaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap((child) => leaves(child));
}

function path(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at?.parent; at = at.parent) names.unshift(at.name());
  return names.join(' ');
}

/** What every command takes. */
export function addCommonOptions(command: Command): void {
  command
    .addOption(new Option('--json', 'print one JSON object on stdout').helpGroup('Common options:'))
    .addOption(new Option('-q, --quiet', 'print only the answer and errors').helpGroup('Common options:'))
    .addOption(new Option('-v, --verbose', 'say every step').helpGroup('Common options:'))
    .addOption(new Option('--debug', 'print stack traces').helpGroup('Common options:'));
}

function commanderMessage(problem: string, error: CommanderError): string {
  const text = problem === '' ? error.message : problem;
  return text
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.*)\?\)/, '; did you mean $1?')
    .trim();
}
