/** One figure of the table. Like is compared with like: each column is one unit. */
export type Cell =
  | { readonly kind: 'measured'; readonly value: number }
  | {
      readonly kind: 'recorded';
      readonly value: number;
      readonly source: string;
      /** What was written down is no exact figure: a bound that the true one is below, or a rounded one. */
      readonly precision?: 'below' | 'about' | undefined;
    }
  | { readonly kind: 'not available here'; readonly why: string };

export interface Row {
  readonly route: string;
  /** What was done to get the figures. */
  readonly method: string;
  /** Bytes of the uncompressed layers, of the root file system, or of the program. */
  readonly disk: Cell;
  /** Bytes that a registry sends, or that flash holds. */
  readonly wire: Cell;
  readonly files: Cell;
  /** Milliseconds from starting MicroPython, as a plain process, to its first output. */
  readonly start: Cell;
  /** Most bytes of memory that MicroPython held until then (VmHWM). */
  readonly rss: Cell;
  /** Milliseconds from switching on to the first answer of the application. */
  readonly boot: Cell;
}

export interface Comparison {
  readonly app: string;
  readonly target: string;
  readonly kilopy: string;
  /** Day in UTC. */
  readonly date: string;
  readonly rows: readonly Row[];
}

export const columns = ['disk', 'wire', 'files', 'start', 'rss', 'boot'] as const;
export type Column = (typeof columns)[number];

export const columnTitles: Readonly<Record<Column, string>> = {
  disk: 'on disk, bytes',
  wire: 'on the wire or in flash, bytes',
  files: 'files',
  start: 'start-up, ms',
  rss: 'RSS, bytes',
  boot: 'boot to answer, ms',
};

/** What a first look asks for. */
export const shortColumns: readonly Column[] = ['disk', 'wire', 'start', 'boot'];

const precisionSigns = { below: '< ', about: '~ ' } as const;

/** `1 234`, `< 1 000 000 *`, with a mark for what was not measured now; of start-up the tenths, too. */
export function cellText(cell: Cell, column: Column): string {
  if (cell.kind === 'not available here') return '-';
  const number = cell.value.toFixed(column === 'start' ? 1 : 0).replaceAll(/\B(?=(\d{3})+(?:\.|$))/gu, ' ');
  if (cell.kind === 'measured') return number;
  return `${cell.precision === undefined ? '' : precisionSigns[cell.precision]}${number} *`;
}

export function notAvailable(why: string): Cell {
  return { kind: 'not available here', why };
}

export const noBoot: Cell = notAvailable('the route makes no machine that boots');

/** A row without a figure. */
export function emptyRow(route: string, why: string, boot: Cell = notAvailable(why)): Row {
  const none = notAvailable(why);
  return { route, method: why, disk: none, wire: none, files: none, start: none, rss: none, boot };
}

export function measured(value: number | undefined, why: string): Cell {
  return value === undefined ? notAvailable(why) : { kind: 'measured', value };
}

/** Undefined when one of them is. */
export function sum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length && known.length > 0 ? known.reduce((a, b) => a + b, 0) : undefined;
}
