/** Columns aligned with two spaces between them; `right` names the columns that hold numbers. */
export function formatTable(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, visibleWidth(cell));
  return rows
    .map((row) =>
      row
        .map((cell, i) => {
          const padding = ' '.repeat((widths[i] ?? 0) - visibleWidth(cell));
          return right.includes(i) ? padding + cell : cell + padding;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function visibleWidth(text: string): number {
  // oxlint-disable-next-line no-control-regex -- SGR sequences of `Style` take no room.
  return text.replaceAll(/\u001b\[[\d;]*m/g, '').length;
}
