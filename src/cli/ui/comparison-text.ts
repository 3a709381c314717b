import {
  cellText,
  columns,
  columnTitles,
  noBoot,
  shortColumns,
  type Cell,
  type Comparison,
  type Row,
} from '../../pipeline/compare/comparison.ts';
import { formatTable } from './table.ts';

/** For a terminal: the table, then where recorded figures are from and why cells are empty. */
export function comparisonText(comparison: Comparison, short: boolean): string {
  const { head, rows, list } = tableOf(comparison, comparison.rows, short);
  const right = head.slice(1).map((_, i) => i + 1);
  return `${title(comparison, short)}\n\n${formatTable([head, ...rows], right)}\n\n${list.join('\n')}\n`;
}

/** The same for a README. */
export function comparisonMarkdown(comparison: Comparison, short: boolean = false): string {
  const { head, rows, list } = tableOf(
    comparison,
    comparison.rows.filter((row) => !isEmpty(row)),
    short,
  );
  const lines = [head, ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  lines.splice(
    1,
    0,
    `|---|${head
      .slice(1)
      .map(() => '---:|')
      .join('')}`,
  );
  return `${title(comparison, short)}\n\n${lines.join('\n')}\n\n${list.map((line) => `- ${line}`).join('\n')}\n`;
}

interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly list: readonly string[];
}

/** A short table has no column without a figure, and leaves the reasons to the long one. */
function tableOf(comparison: Comparison, rows: readonly Row[], short: boolean): Table {
  const used = short ? shortColumns.filter((column) => rows.some((row) => hasFigure(row[column]))) : columns;
  return {
    head: ['route', ...used.map((column) => columnTitles[column])],
    rows: rows.map((row) => [row.route, ...used.map((column) => cellText(row[column], column))]),
    list: short ? shortRemarks(rows) : remarks(comparison),
  };
}

function shortRemarks(rows: readonly Row[]): string[] {
  const sources = rows.flatMap((row) =>
    columns.flatMap((column) => {
      const cell = row[column];
      return cell.kind === 'recorded' ? [cell.source.replace(/:.*/u, '')] : [];
    }),
  );
  return [
    'figures without a mark were measured now, - is not available here (without --short it is said why)',
    ...(sources.length === 0 ? [] : [`* is recorded: ${[...new Set(sources)].join('; ')}`]),
  ];
}

/** One page without anything from elsewhere: bars for the bytes, the method and the source beside each figure. */
export function comparisonHtml(comparison: Comparison): string {
  const largest = (column: 'disk' | 'wire'): number =>
    Math.max(1, ...comparison.rows.map((row) => valueOf(row[column])));
  const bars = { disk: largest('disk'), wire: largest('wire') };
  const head = ['route', ...columns.map((column) => columnTitles[column])]
    .map((text) => `<th>${escape(text)}</th>`)
    .join('');
  const body = comparison.rows
    .map((row) => {
      const cells = columns.map((column) => {
        const cell = row[column];
        const bar = column === 'disk' || column === 'wire' ? barOf(valueOf(cell), bars[column]) : '';
        return `<td class="${cell.kind === 'measured' ? 'measured' : 'other'}" title="${escape(reason(cell, row.method))}">${escape(cellText(cell, column))}${bar}</td>`;
      });
      return `<tr><th scope="row">${escape(row.route)}<small>${escape(row.method)}</small></th>${cells.join('')}</tr>`;
    })
    .join('\n');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(title(comparison))}</title>
<style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem; color: #1c1c1c; background: #fff; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .4rem .6rem; text-align: right; border-bottom: 1px solid #ddd; vertical-align: top; white-space: nowrap; }
th:first-child { text-align: left; font-weight: 600; white-space: normal; }
small { display: block; font-weight: 400; color: #666; }
td.other { color: #777; }
.bar { display: block; height: .5rem; margin: .25rem 0 0 auto; background: #2a6fb0; }
td.other .bar { background: #b9b9b9; }
</style></head><body>
<h1>${escape(title(comparison))}</h1>
<p>Bars are logarithmic.</p>
<table><thead><tr>${head}</tr></thead><tbody>
${body}
</tbody></table>
<ul>${remarks(comparison)
    .map((line) => `<li>${escape(line)}</li>`)
    .join('\n')}</ul>
</body></html>
`;
}

function title({ app, target, kilopy, date }: Comparison, short: boolean = false): string {
  return `${app} on ${target} by ${short ? 'the usual routes' : 'every route'}, ${date}, kilopy ${kilopy}`;
}

/** Where recorded figures are from, and why others are not here; routes with the same reasons in one line. */
function remarks({ rows }: Comparison): string[] {
  const routes = new Map<string, string[]>();
  for (const row of rows) {
    const parts = new Set<string>();
    for (const column of columns) {
      const cell = row[column];
      if (cell.kind === 'recorded') parts.add(`recorded (${cell.source})`);
    }
    for (const column of columns) {
      const cell = row[column];
      if (cell.kind === 'not available here' && cell !== noBoot) parts.add(`not available here: ${cell.why}`);
    }
    if (parts.size === 0) continue;
    const text = [...parts].join('; ');
    routes.set(text, [...(routes.get(text) ?? []), row.route]);
  }
  return [
    'figures without a mark were measured now; * is recorded, - is not available here',
    ...[...routes].map(([text, names]) => `${names.join(', ')}: ${text}`),
  ];
}

/** Whether a route has no figure at all: in a README it stands among the remarks only. */
function isEmpty(row: Row): boolean {
  return !columns.some((column) => hasFigure(row[column]));
}

function hasFigure(cell: Cell): boolean {
  return cell.kind !== 'not available here';
}

function reason(cell: Cell, method: string): string {
  if (cell.kind === 'measured') return `measured: ${method}`;
  return cell.kind === 'recorded' ? `recorded (${cell.source})` : `not available here (${cell.why})`;
}

function valueOf(cell: Cell): number {
  return cell.kind === 'not available here' ? 0 : cell.value;
}

/** Thousands of times lie between the smallest and the largest: a linear bar would show one of them. */
function barOf(value: number, largest: number): string {
  if (value <= 0) return '';
  const share = Math.max(0.01, Math.log10(value / 1000 + 1) / Math.log10(largest / 1000 + 1));
  return `<span class="bar" style="width:${(share * 100).toFixed(1)}%"></span>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
