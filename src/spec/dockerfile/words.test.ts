import { expect, test } from 'vitest';
import { splitWords } from './words.ts';

const values: Readonly<Record<string, string>> = { V: 'v1.2.3', EMPTY: '', P: 'a/b/c.tar.gz' };

function textOf(source: string, escape = '\\'): string {
  const tokens = splitWords(source, 1, { escape, lookup: (name) => values[name], operators: false });
  return tokens.map((token) => (token.kind === 'word' ? token.word.text : '')).join('|');
}

// docs.docker.com/reference/dockerfile, "Environment replacement"; a POSIX shell says the same of each.
test.each([
  ['$V ${V}x "$V y"', 'v1.2.3|v1.2.3x|v1.2.3 y'],
  ["'$V' \\$V", '$V|$V'],
  ['${V:-d} ${NONE:-d} ${EMPTY:-d}', 'v1.2.3|d|d'],
  ['${NONE-d} ${EMPTY-d}x', 'd|x'],
  ['${V:+s} ${EMPTY:+s}x ${EMPTY+s} ${NONE+s}x', 's|x|s|x'],
  ['${NONE:-two words} ${NONE:-"quoted"}', 'two words|quoted'],
  ['${NONE:-${V}} ${NONE:-${NONE:-deep}}x ${V:+<${V}>}', 'v1.2.3|deepx|<v1.2.3>'],
  ['${V#v} ${V#*.} ${V##*.} ${V#x}', '1.2.3|2.3|3|v1.2.3'],
  ['${V%.3} ${V%.*} ${V%%.*} ${P%.gz}', 'v1.2|v1.2|v1|a/b/c.tar'],
  ['${V/1/9} ${V//./-} ${V/./} ${P//\\//_} ${V/?2/}', 'v9.2.3|v1-2-3|v12.3|a_b_c.tar.gz|v1.3'],
  ['$ $1 ${', '$|$1|${'],
])('%s', (source, expected) => {
  expect(textOf(source)).toBe(expected);
});

test('what has no value is named', () => {
  const [token] = splitWords('$NONE${V:?}', 1, { escape: '\\', lookup: (name) => values[name], operators: false });
  expect(token?.kind === 'word' && token.word).toMatchObject({ text: 'v1.2.3', unset: ['NONE'] });
});
