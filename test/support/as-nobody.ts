import { chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, runProgram, type CliOptions, type CliResult } from './cli.ts';

const nobody = 65_534;

/** Runs the built CLI as the user nobody; where the tests are not root, as the user they have. */
export async function runCliAsNobody(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const words = [process.execPath, join(checkout, 'build/cli/bin.js'), ...args];
  if (process.getuid?.() !== 0) return await runProgram(words[0] ?? '', words.slice(1), options);
  const ids = [`--reuid=${String(nobody)}`, `--regid=${String(nobody)}`, '--clear-groups'];
  return await runProgram('setpriv', [...ids, ...words], options);
}

/** Gives a folder and everything in it to nobody. */
export function giveToNobody(folder: string): void {
  if (process.getuid?.() !== 0) return;
  chownSync(folder, nobody, nobody);
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    chownSync(join(folder, path), nobody, nobody);
  }
}
