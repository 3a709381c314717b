/** One fenced block of a Markdown file. */
export interface Block {
  readonly language: string;
  /** Words after the language, such as `exit=2`. */
  readonly flags: readonly string[];
  readonly lines: readonly string[];
  readonly line: number;
}

export function fencedBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { language: string; flags: string[]; lines: string[]; line: number } | undefined;
  for (const [i, line] of markdown.split('\n').entries()) {
    const fence = /^\s*```(.*)$/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === undefined) {
      const [language = '', ...flags] = (fence[1] ?? '').trim().split(/\s+/);
      open = { language, flags, lines: [], line: i + 1 };
    } else {
      blocks.push(open);
      open = undefined;
    }
  }
  return blocks;
}

export interface ConsoleCommand {
  readonly command: string;
  /** Expected output lines; `...` stands for any number of lines. */
  readonly output: readonly string[];
}

/** `$ command` lines with the output below each. A trailing comment after two spaces is taken off. */
export function consoleCommands(block: Block): ConsoleCommand[] {
  const commands: { command: string; output: string[] }[] = [];
  for (const line of block.lines) {
    const match = /^\s*\$ (.*)$/.exec(line);
    if (match !== null) commands.push({ command: (match[1] ?? '').replace(/\s{2,}#.*$/, ''), output: [] });
    else if (line.trim() !== '') commands.at(-1)?.output.push(line);
  }
  return commands;
}

/** The expected lines that the output lacks, in order. Digits and runs of spaces do not count: versions and sizes move. */
export function missingLines(expected: readonly string[], output: string): string[] {
  const have = output.split('\n').map(shape);
  let at = 0;
  const missing: string[] = [];
  for (const line of expected) {
    if (line.trim() === '...') continue;
    const found = have.indexOf(shape(line), at);
    if (found === -1) missing.push(line);
    else at = found + 1;
  }
  return missing;
}

function shape(line: string): string {
  return line
    .replaceAll(/[0-9a-f]{12,}/g, '#')
    .replaceAll(/\d[\d .,]*/g, '#')
    .replaceAll(/#(\+\w+#(-#)?)+/g, '#')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
