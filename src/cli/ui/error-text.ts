import { formatLocation, type KilopyError } from '../../errors/kilopy-error.ts';
import type { Style } from '../command.ts';

/** What, where, why, and one thing to do. */
export function errorText(error: KilopyError, style: Style): string {
  const faults = [error, ...error.others];
  const lines = faults.map((fault) => faultText(fault, style));
  if (faults.length > 1) lines.push(style.dim(`${String(faults.length)} faults; nothing was built.`));
  return `${lines.join('\n')}\n`;
}

function faultText(error: KilopyError, style: Style): string {
  const where = error.where === undefined ? '' : `${formatLocation(error.where)}: `;
  const lines = [`${style.red(style.bold(`error ${error.code}`))}: ${where}${printable(error.message)}`];
  if (error.why !== undefined) lines.push(`  why: ${indent(printable(error.why))}`);
  if (error.fix !== undefined) lines.push(`  fix: ${indent(error.fix)}`);
  return lines.join('\n');
}

function indent(text: string): string {
  return text.replaceAll('\n', '\n       ');
}

/** Text from archives and servers must not drive the terminal. */
function printable(text: string): string {
  return text.replaceAll(/(?![\t\n])\p{Cc}/gu, (c) => `\\x${(c.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`);
}

/** The same facts for `--json`. */
export function errorData(error: KilopyError): Record<string, unknown> {
  return {
    code: error.code,
    exitCode: error.exitCode,
    message: error.message,
    ...(error.where === undefined ? {} : { where: error.where }),
    ...(error.why === undefined ? {} : { why: error.why }),
    ...(error.fix === undefined ? {} : { fix: error.fix }),
    ...(Object.keys(error.data).length === 0 ? {} : { data: error.data }),
    ...(error.others.length === 0 ? {} : { others: error.others.map(errorData) }),
  };
}
