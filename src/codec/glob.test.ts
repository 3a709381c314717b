import { expect, test } from 'vitest';
import { compileGlob } from './glob.ts';
import { expectWithin } from '../../test/support/expect-within.ts';

test.each<[pattern: string, matches: readonly string[], misses: readonly string[]]>([
  ['main.py', ['main.py'], ['lib/main.py', 'main.pyc', 'xmain.py']],
  ['./main.py', ['main.py'], ['a/main.py']],
  ['/main.py', ['main.py'], []],
  ['*', ['a', '.hidden', 'a/b/c'], []],
  ['*.py', ['a.py', '.py'], ['a.pyc', 'a/b.py']],
  ['**', ['a', 'a/b', '.x/y'], []],
  ['**/*.py', ['a.py', 'x/a.py', 'x/y/a.py'], ['a.txt', 'x/a.txt']],
  ['docs', ['docs', 'docs/a', 'docs/a/b'], ['docs2', 'a/docs']],
  ['docs/', ['docs/a'], ['docs2/a']],
  ['docs/**', ['docs/a', 'docs/a/b'], ['docs', 'doc/a']],
  ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b', 'a/b/inside'], ['a/x', 'b']],
  ['a/**/**/b', ['a/b', 'a/x/b'], ['a']],
  ['?.py', ['a.py', 'é.py', '🐍.py'], ['ab.py', '.py']],
  ['[ab].py', ['a.py', 'b.py'], ['c.py']],
  ['[a-c].py', ['b.py'], ['d.py', '-.py']],
  ['[!a].py', ['b.py'], ['a.py']],
  ['[a-].py', ['-.py', 'a.py'], ['b.py']],
  ['[]].py', ['].py'], ['a.py']],
  ['[z-a].py', [], ['z.py', 'm.py']],
  ['a[b', ['a[b'], ['ab']],
  ['{a,b}.{py,txt}', ['a.py', 'b.txt'], ['c.py', 'a.md']],
  ['{a,{b,c}}', ['a', 'b', 'c'], ['d']],
  ['{a', ['{a'], ['a']],
  ['\\*.py', ['*.py'], ['a.py']],
  ['a b.py', ['a b.py'], ['ab.py']],
  ['*\n*', ['a\nb'], ['ab']],
  ['a.b+c(d)', ['a.b+c(d)'], ['aXb+c(d)']],
  ['', [], ['a']],
  ['/', [], ['a']],
])('%j', (pattern, matches, misses) => {
  const matchesGlob = compileGlob(pattern);
  for (const path of matches) expect([path, matchesGlob(path)]).toEqual([path, true]);
  for (const path of misses) expect([path, matchesGlob(path)]).toEqual([path, false]);
});

test('a pattern made to backtrack ends at once', () => {
  const path = `${'a'.repeat(255)}/`.repeat(15) + 'a'.repeat(255);
  const started = performance.now();
  expect(compileGlob(`${'**/'.repeat(50)}${'*a'.repeat(100)}b`)(path)).toBe(false);
  expect(compileGlob('{a,b}'.repeat(40))(path)).toBe(false);
  expectWithin(performance.now() - started, 2000);
});
