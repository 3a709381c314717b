import { nearest } from '../errors/nearest.ts';

/** Words that people use and that no spelling leads to. */
const meant: ReadonlyMap<string, string> = new Map([
  ['tgz', 'tar.gz'],
  ['targz', 'tar.gz'],
  ['docker', 'oci'],
  ['folder', 'dir'],
]);

/** "did you mean", or the whole list where nothing is near. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = likely(word, known);
  return near.length > 0 ? `did you mean ${near.join(' or ')}?` : `known here: ${known.join(', ')}`;
}

/** What somebody who typed `word` means: by spelling, else what has it as a part (`malta`: `malta/be`). At most three. */
export function likely(word: string, known: readonly string[]): readonly string[] {
  const alias = meant.get(word);
  if (alias !== undefined && known.includes(alias)) return [alias];
  const near = nearest(word, known);
  if (near.length > 0 || word.length < 4) return near;
  return known.filter((name) => name.toLowerCase().includes(word.toLowerCase())).slice(0, 3);
}
