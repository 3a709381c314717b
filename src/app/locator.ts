/** Gives line and column, both from 1, of an offset into a text. Lines end as in Python: LF, CR LF or CR. */
export function createLocator(text: string): (offset: number) => { readonly line: number; readonly column: number } {
  const starts = [0];
  for (const ending of text.matchAll(/\r\n|\n|\r/gu)) starts.push(ending.index + ending[0].length);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
