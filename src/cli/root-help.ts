import { commands } from './commands.ts';

/** Whether a command line asks for the page of all commands. */
export function asksForRootHelp(argv: readonly string[]): boolean {
  const [first, ...rest] = argv;
  return first === undefined || (rest.length === 0 && ['--help', '-h', 'help'].includes(first));
}

/**
 * The page of all commands. Made from the table alone, without commander and without loading a command: it is the first
 * thing that a person types, and completion and editors ask for it too.
 */
export function rootHelp(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const rows = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: kilopy <command> [options]

Turns a folder with a main.py into a Linux image measured in kilobytes.

Commands:
${rows.join('\n')}

Options:
  -h, --help     show this page; kilopy <command> --help shows one command
  -V, --version  show the version

Examples:
  $ kilopy new greeter && kilopy build greeter && kilopy run greeter
  $ kilopy build greeter --target linux/amd64,linux/arm64 --output oci,tar.gz
  $ docker load -i dist/greeter.oci.tar
`;
}
