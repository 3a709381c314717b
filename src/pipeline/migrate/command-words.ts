import type { ShellCommand } from '../../spec/dockerfile/shell.ts';
import type { Note, StageState } from './stage-state.ts';

export function note(
  state: StageState,
  command: Pick<ShellCommand, 'line' | 'words'>,
  kind: Note['kind'],
  why: string,
  fix?: string,
): void {
  state.notes.push({ kind, line: command.line, what: `RUN ${shorten(command.words.join(' '))}`, why, fix });
}

export function shorten(text: string): string {
  const flat = text.replaceAll(/\s+/gu, ' ').trim();
  return flat.length > 90 ? `${flat.slice(0, 87)}...` : flat;
}

/** Words behind the program that are neither options nor their values. */
export function plainWords(words: readonly string[], withValue: readonly string[] = []): readonly string[] {
  return words.slice(1).filter((word, at) => !word.startsWith('-') && !withValue.includes(words[at] ?? ''));
}

export function optionValue(words: readonly string[], ...names: readonly string[]): string | undefined {
  for (const [at, word] of words.entries()) {
    if (names.includes(word)) return words[at + 1];
    const name = names.find((long) => long.startsWith('--') && word.startsWith(`${long}=`));
    if (name !== undefined) return word.slice(name.length + 1);
  }
  return undefined;
}
