import { styleText } from 'node:util';
import type { Style } from '../command.ts';

/** Colour when the stream is a terminal, unless NO_COLOR is set (https://no-color.org); FORCE_COLOR turns it on anywhere. */
export function createStyle(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Style {
  const on =
    env.NO_COLOR === undefined && env.TERM !== 'dumb' && (stream.isTTY === true || env.FORCE_COLOR !== undefined);
  const paint = (format: 'bold' | 'dim' | 'red' | 'green' | 'yellow') => (text: string) =>
    on ? styleText(format, text, { validateStream: false }) : text;
  return { bold: paint('bold'), dim: paint('dim'), red: paint('red'), green: paint('green'), yellow: paint('yellow') };
}
