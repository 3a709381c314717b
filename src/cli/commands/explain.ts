import { errorCodes, type ErrorCode } from '../../errors/codes.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { nearest } from '../../errors/nearest.ts';
import type { CommandModule } from '../command.ts';
import { formatTable } from '../ui/table.ts';

export const explainCommand: CommandModule = {
  configure(command) {
    command.argument('[code]', 'such as KP1003; all codes without it');
  },
  async run({ args, style }) {
    const [wanted] = args;
    const codes = Object.keys(errorCodes).sort() as ErrorCode[];
    if (wanted === undefined) {
      const rows = codes.map((code) => [code, String(errorCodes[code].exitCode), errorCodes[code].title]);
      return {
        data: {
          codes: codes.map((code) => ({ code, exitCode: errorCodes[code].exitCode, title: errorCodes[code].title })),
        },
        text: `${formatTable([['code', 'exit', 'title'], ...rows], [1])}\n`,
      };
    }
    const code = codes.find((known) => known === wanted.toUpperCase());
    if (code === undefined) {
      const [near] = nearest(wanted.toUpperCase(), codes, 1);
      throw new KilopyError('KP1001', `there is no error code ${wanted}`, {
        fix: near === undefined ? 'kilopy explain lists every code' : `did you mean kilopy explain ${near}?`,
      });
    }
    const entry = errorCodes[code];
    const text = [
      style.bold(`${code}: ${entry.title}`),
      '',
      entry.explanation,
      ...(entry.fix === undefined ? [] : ['', `To do: ${entry.fix}`]),
      '',
      `Exit code ${String(entry.exitCode)}.`,
    ].join('\n');
    return { data: { code, ...entry }, text: `${text}\n` };
  },
};
