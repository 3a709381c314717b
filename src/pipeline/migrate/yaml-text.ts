import { stringify } from 'yaml';
import type { Draft } from '../../spec/front-end.ts';
import type { Note } from './stage-state.ts';

/** kilopy.yaml: first what could not be carried over, as comments, then the keys. */
export function yamlText(draft: Draft, notes: readonly Note[], file: string): string {
  const comments = [`Made by \`kilopy migrate\` from ${file}.`];
  for (const [kind, title] of [
    ['lost', 'Not carried over:'],
    ['changed', 'Different:'],
  ] as const) {
    const rows = notes.filter((note) => note.kind === kind);
    if (rows.length === 0) continue;
    comments.push('', title);
    for (const { line, what, why, fix } of rows) {
      comments.push(`  ${placeOf(file, line)}${what}`, `    ${why}${fix === undefined ? '' : `; ${fix}`}`);
    }
  }
  const head = comments.map((line) => (line === '' ? '#' : `# ${line.replaceAll(/[\r\n]+/gu, ' ')}`)).join('\n');
  const keys = Object.entries(draft).map(([key, value]) => stringify({ [key]: value }, { lineWidth: 0 }));
  return `${head}\n\n${keys.join('')}`;
}

/** `Dockerfile:7: `, or nothing for what the whole file does not say. */
export function placeOf(file: string, line: number): string {
  return line === 0 ? '' : `${file}:${String(line)}: `;
}
