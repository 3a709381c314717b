import { Command } from 'commander';
import { templates } from '../../app/new-project.ts';
import { errorCodes } from '../../errors/codes.ts';
import { bases } from '../../spec/bases.ts';
import { outputFormats } from '../../spec/outputs.ts';
import { targets } from '../../spec/targets.ts';
import { commands } from '../commands.ts';
import { machineNames } from '../machine-option.ts';
import { addCommonOptions } from '../program.ts';

/** What can follow a command, or the program itself. Plain data for the scripts of all shells. */
export interface CompletionRow {
  /** Such as `cache clean`; empty for the program. */
  readonly verb: string;
  readonly subcommands: readonly Word[];
  readonly options: readonly CompletionOption[];
  readonly argument: Values;
}

export interface Word {
  readonly name: string;
  readonly description: string;
}

export interface CompletionOption extends Word {
  /** With its dashes; `name` is the long one, with its dashes, or the short one where there is no other. */
  readonly short: string | undefined;
  /** What comes after it; undefined for a flag. */
  readonly value: Values | undefined;
}

export type Values =
  | { readonly kind: 'none' | 'file' | 'folder' }
  /** `list`: several with commas between them. */
  | { readonly kind: 'one' | 'list'; readonly words: readonly string[] };

/** Reads everything off the commands that commander parses with. */
export async function completionTable(): Promise<readonly CompletionRow[]> {
  const all = await Promise.all(
    commands.map(async ({ name, summary, load }) => {
      const command = new Command(name).summary(summary);
      (await load()).configure(command);
      return command;
    }),
  );
  const top: CompletionRow = {
    verb: '',
    subcommands: [...all.map(wordOf), { name: 'help', description: 'Show help for a command' }],
    options: [flag('--help', '-h', 'display help'), flag('--version', '-V', 'output the version number')],
    argument: { kind: 'none' },
  };
  const help: CompletionRow = {
    verb: 'help',
    subcommands: all.map(wordOf),
    options: [],
    argument: { kind: 'none' },
  };
  return [top, ...all.flatMap((command) => rowsOf(command, command.name())), help];
}

function rowsOf(command: Command, verb: string): readonly CompletionRow[] {
  if (command.commands.length === 0) addCommonOptions(command);
  const options = command.options.map(({ long, short, description, required, optional }): CompletionOption => ({
    name: long ?? short ?? '',
    short: long === undefined ? undefined : short,
    description,
    value: required || optional ? valuesOf(verb, long ?? '') : undefined,
  }));
  const row: CompletionRow = {
    verb,
    subcommands: command.commands.map(wordOf),
    options: [...options, flag('--help', '-h', 'display help for command')],
    argument: command.registeredArguments.length === 0 ? { kind: 'none' } : (argumentsOf[verb] ?? { kind: 'file' }),
  };
  return [row, ...command.commands.flatMap((child) => rowsOf(child, `${verb} ${child.name()}`))];
}

function wordOf(command: Command): Word {
  return { name: command.name(), description: command.summary() || command.description() };
}

function flag(name: string, short: string, description: string): CompletionOption {
  return { name, short, description, value: undefined };
}

const argumentsOf: Readonly<Record<string, Values>> = {
  build: { kind: 'folder' },
  run: { kind: 'folder' },
  test: { kind: 'folder' },
  new: { kind: 'folder' },
  explain: { kind: 'one', words: Object.keys(errorCodes).sort() },
  completion: { kind: 'one', words: ['bash', 'zsh', 'fish'] },
};

const valuesOfOption: Readonly<Record<string, Values>> = {
  '--target': { kind: 'list', words: [...targets.map(({ name }) => name), 'host', 'all'] },
  '--output': { kind: 'list', words: Object.keys(outputFormats) },
  '--base': { kind: 'one', words: bases.filter(({ available }) => available).map(({ name }) => name) },
  '--machine': { kind: 'one', words: machineNames },
  '--slim': { kind: 'one', words: ['closure', 'packages', 'none'] },
  '--compress': { kind: 'one', words: ['default', 'max'] },
  '--template': { kind: 'one', words: Object.keys(templates) },
  'run --network': { kind: 'one', words: ['auto', 'host', 'none'] },
  'test --network': { kind: 'one', words: ['none', 'host'] },
  '--out-dir': { kind: 'folder' },
  '--junit': { kind: 'file' },
  '--entry': { kind: 'file' },
};

/** Anything else, such as a name or an address, is the user's own. */
function valuesOf(verb: string, option: string): Values {
  return valuesOfOption[`${verb} ${option}`] ?? valuesOfOption[option] ?? { kind: 'none' };
}
