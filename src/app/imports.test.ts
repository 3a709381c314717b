import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { scanImports, type ImportStatement } from './imports.ts';
import { expectWithin } from '../../test/support/expect-within.ts';

function brief(statement: ImportStatement): string {
  const { form, module, level, names, where, deferred, condition, attempt, fallbackOf } = statement;
  return [
    `${String(where.line)}:${String(where.column)}`,
    form,
    '.'.repeat(level) + module,
    ...(names.length > 0 ? [`(${names.join(' ')})`] : []),
    ...(deferred ? ['deferred'] : []),
    ...(condition === undefined ? [] : [condition]),
    ...(attempt === undefined ? [] : ['attempt']),
    ...(fallbackOf === undefined ? [] : ['fallback']),
  ].join(' ');
}

test.each<[source: string, expected: readonly string[]]>([
  ['import a', ['1:8 import a']],
  ['import a, b.c as d', ['1:8 import a', '1:11 import b.c']],
  ['import a as b, c as d', ['1:8 import a', '1:16 import c']],
  ['from a import b', ['1:6 from a (b)']],
  ['from a.b import c as d, e', ['1:6 from a.b (c e)']],
  ['from a import (\n  b,\n  c as d,\n)', ['1:6 from a (b c)']],
  ['from a import *', ['1:6 from a (*)']],
  ['from . import a', ['1:6 from . (a)']],
  ['from .a import b', ['1:6 from .a (b)']],
  ['from ..a.b import c', ['1:6 from ..a.b (c)']],
  ['from ... import a', ['1:6 from ... (a)']],
  ['from ....a import b', ['1:6 from ....a (b)']],
  ['import a; import b', ['1:8 import a', '1:18 import b']],
  ['import \\\n  a', ['2:3 import a']],
  ['x = 1\r\nimport a\rimport b', ['2:8 import a', '3:8 import b']],
  ['"é🐍"; import a', ['1:15 import a']],
  ['\ufeffimport a', []],
  ['def f():\n  import a', ['2:10 import a deferred']],
  ['async def f():\n  import a', ['2:10 import a deferred']],
  ['class A:\n  import a', ['2:10 import a']],
  ['try:\n  import a\nexcept ImportError:\n  import b', ['2:10 import a attempt', '4:10 import b fallback']],
  ['try:\n  import a\nexcept (OSError, ImportError) as e:\n  pass', ['2:10 import a attempt']],
  ['try:\n  import a\nexcept:\n  pass', ['2:10 import a attempt']],
  ['try:\n  import a\nexcept Exception:\n  pass', ['2:10 import a attempt']],
  ['try:\n  import a\nexcept OSError:\n  pass', ['2:10 import a']],
  ['try:\n  import a\nfinally:\n  import b', ['2:10 import a', '4:10 import b']],
  [
    'try:\n  import a\nexcept ImportError:\n  pass\nelse:\n  import b\nfinally:\n  import c',
    ['2:10 import a attempt', '6:10 import b', '8:10 import c'],
  ],
  [
    'try:\n  x = 1 if a else 2\n  import a\nexcept ImportError:\n  try:\n    import b\n  except ImportError:\n    import c',
    ['3:10 import a attempt', '6:12 import b attempt fallback', '8:12 import c fallback'],
  ],
  ['try:\n  def f():\n    import a\nexcept ImportError:\n  pass', ['3:12 import a deferred']],
  ['def f():\n  try:\n    import a\n  except ImportError:\n    pass', ['3:12 import a deferred attempt']],
  ['if TYPE_CHECKING:\n  import a', ['2:10 import a typing']],
  ['if typing.TYPE_CHECKING:\n  import a', ['2:10 import a typing']],
  ['if x:\n  import a', ['2:10 import a']],
  ['if 0:\n  import a', ['2:10 import a typing']],
  [
    "if sys.platform == 'esp32':\n  import esp32\nelse:\n  import a",
    ['2:10 import esp32 platform', '4:10 import a platform'],
  ],
  ["if sys.implementation.name == 'cpython':\n  import a", ['2:10 import a platform']],
  ["if __name__ == '__main__':\n  import a", ['2:10 import a main']],
  ["__import__('a.b')", ['1:1 call a.b']],
  ['x = __import__("a", None)', ['1:5 call a']],
  ["importlib.import_module('a')", ['1:1 call a']],
  ["__import__('a' + x)", []],
  ['__import__(x)', []],
  ['print("import a")', []],
  ['# import a', []],
  ['"""\nimport a\n"""', []],
  ['f"{__import__(\'a\')}"', ['1:4 call a']],
  ['match x:\n  case 1:\n    import a', ['3:12 import a']],
  ['import', []],
  ['from', []],
  ['from a', []],
  ['from a import', ['1:6 from a']],
  ['import a.', ['1:8 import a']],
  ['def broken(:\n  import a', ['2:10 import a deferred']],
])('%j', (source, expected) => {
  expect(scanImports(source, 'main.py').map(brief)).toEqual(expected);
});

test('attempt and fallback of one try have the same number', () => {
  const [a, b] = scanImports('try:\n  import a\nexcept ImportError:\n  import b', 'main.py');
  expect(a?.attempt).toBe(b?.fallbackOf);
  expect(a?.attempt).toBeDefined();
});

const pieces = [
  'import ',
  'from ',
  'a',
  '.',
  '...',
  ',',
  ' as ',
  '(',
  ')',
  '*',
  '\n',
  '\r\n',
  '  ',
  '\t',
  'try:',
  'except ImportError:',
  'if x:',
  'else:',
  'def f():',
  'class A:',
  '"',
  "'",
  '"""',
  'f"{',
  '}',
  '\\\n',
  '#',
  '\0',
  '\ufeff',
  '🐍',
  '__import__("a")',
  'lambda: ',
  '[',
  ']',
  ':',
  '=',
];

test('whatever the text, the scanner answers, and with places inside it', () => {
  const text = oneof(
    array(constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join('')),
    string({ unit: 'binary', maxLength: 200 }),
  );
  assert(
    property(text, (source) => {
      const lines = source.split(/\r\n|\n|\r/u);
      return scanImports(source, 'main.py').every(
        ({ where }) => (lines[where.line - 1]?.length ?? -1) >= where.column - 1,
      );
    }),
    { numRuns: 250 },
  );
});

test.each([
  ['brackets', '('.repeat(20_000)],
  ['blocks', Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}if sys.platform:\n`).join('')],
  ['elif chain', `if x:\n import a\n${'elif x:\n import a\n'.repeat(3000)}`],
  ['nested try', Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}try:\n`).join('')],
  ['many imports', 'import a\n'.repeat(10_000)],
  ['one long line', `import ${'a, '.repeat(20_000)}a`],
  ['calls', '__import__'.concat('("a")'.repeat(5000))],
])('hostile source ends soon: %s', (_, source) => {
  const started = performance.now();
  expect(() => scanImports(source, 'main.py')).not.toThrow();
  expectWithin(performance.now() - started, 5000);
});
