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
  const alias = meant.get(word);
  const near = alias !== undefined && known.includes(alias) ? [alias] : nearest(word, known);
  return near.length > 0 ? `did you mean ${near.join(' or ')}?` : `known here: ${known.join(', ')}`;
}
