/** One figure of the table. Like is compared with like: each column is one unit. */
export type Cell =
  | { readonly kind: 'measured'; readonly value: number }
  | { readonly kind: 'recorded'; readonly value: number; readonly source: string }
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
  /** Milliseconds from starting the image to the first output of MicroPython in it. */
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

/** `1 234`, with a mark for what was not measured now. */
export function cellText(cell: Cell): string {
  if (cell.kind === 'not available here') return '-';
  const number = String(Math.round(cell.value)).replaceAll(/\B(?=(\d{3})+$)/gu, ' ');
  return cell.kind === 'recorded' ? `${number} *` : number;
}

export function notAvailable(why: string): Cell {
  return { kind: 'not available here', why };
}
