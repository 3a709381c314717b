import { KilopyError } from '../../errors/kilopy-error.ts';

/**
 * Splits a command into words as apko does (google/shlex): blanks separate, `'` takes everything as it is, `"` takes
 * `\` as an escape, `\` outside takes the next character, `#` at the start of a word begins a comment. Throws KP2104.
 */
export function shellWords(text: string, where: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (quote !== '') {
      if (character === quote) quote = '';
      else if (character === '\\' && quote === '"') word = `${word ?? ''}${text[++at] ?? unfinished()}`;
      else word = `${word ?? ''}${character}`;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= '';
    } else if (character === '\\') word = `${word ?? ''}${text[++at] ?? unfinished()}`;
    else if (/[ \t\r\n]/u.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === '#' && word === undefined) {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end;
    } else word = `${word ?? ''}${character}`;
  }
  if (quote !== '') unfinished();
  if (word !== undefined) words.push(word);
  return words;

  function unfinished(): never {
    throw new KilopyError('KP2104', `${where} ends inside quotes or after a backslash: ${JSON.stringify(text)}`, {
      where,
      fix: 'close the quotes; `shell-fragment` takes the text as it is',
    });
  }
}
