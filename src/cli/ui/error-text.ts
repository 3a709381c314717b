import { formatLocation, type KilopyError } from '../../errors/kilopy-error.ts';
import type { Style } from '../command.ts';
import { printableLines } from './printable.ts';

/** What, where, why, and one thing to do. */
export function errorText(error: KilopyError, style: Style): string {
  const faults = [error, ...error.others];
  const lines = faults.map((fault) => faultText(fault, style));
  if (faults.length > 1) lines.push(style.dim(`${String(faults.length)} faults; nothing was built.`));
  return `${lines.join('\n')}\n`;
}

function faultText(error: KilopyError, style: Style): string {
  const place = error.where === undefined ? '' : formatLocation(error.where);
  // A place that the message names is said once.
  const where = place === '' || error.message.includes(place) ? '' : `${printableLines(place)}: `;
  const lines = [`${style.red(style.bold(`error ${error.code}`))}: ${where}${printableLines(error.message)}`];
  if (error.why !== undefined) lines.push(`  why: ${indent(printableLines(error.why))}`);
  if (error.fix !== undefined) lines.push(`  fix: ${indent(printableLines(error.fix))}`);
  return lines.join('\n');
}

function indent(text: string): string {
  return text.replaceAll('\n', '\n       ');
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
