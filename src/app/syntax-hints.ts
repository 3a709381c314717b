/** What people use most often of newer Python's grammar, and what to write instead. */
const hints: readonly (readonly [line: RegExp, hint: string])[] = [
  [/^\s*match\b.+:\s*(?:#.*)?$/u, 'MicroPython has no `match`: write `if` and `elif`'],
  [/^\s*case\b.+:/u, 'MicroPython has no `match`: write `if` and `elif`'],
  [/^\s*except\s*\*/u, 'MicroPython has no `except*`: write `except`'],
  [/^\s*type\s+\w+(?:\[.*\])?\s*=/u, 'MicroPython has no `type` statement: write `Name = ...` or leave it out'],
  [/^\s*(?:async\s+)?(?:def|class)\s+\w+\s*\[/u, 'MicroPython has no type parameters: leave out the `[...]`'],
  [/^\s*(?:async\s+)?def\b.*[(,]\s*\/\s*[,)]/u, 'MicroPython has no positional-only parameters: leave out the `/`'],
  [
    /^\s*(?:async\s+)?with\s*\(/u,
    'MicroPython takes no parentheses around the items of `with`: write one `with` inside the other',
  ],
  [/\[[^\]]*\basync\s+for\b/u, 'MicroPython has no `async for` in comprehensions: write a loop'],
  [/(?:^|[\s=(,[{:])[tT]["']/u, 'MicroPython has no template strings: use an f-string'],
  [/^\s*print\s+\S/u, 'this is Python 2: write `print(...)`'],
  [/^\s*exec\s+["'\w]/u, 'this is Python 2: write `exec(...)`'],
  [/^\s*except\s+\w+\s*,\s*\w+\s*:/u, 'this is Python 2: write `except Error as name:`'],
  [/^\ufeff/u, 'the file begins with a byte order mark: save it as UTF-8 without one'],
  [/\0/u, 'the file has a NUL byte: save it as UTF-8'],
  [/\{\s*\*|\{[^}]*,\s*\*\w/u, 'MicroPython has no `*` in a set: write `set(...)`'],
  [/^\s*@.+\[/u, 'MicroPython takes no subscript in a decorator: give it a name first'],
  [/^(?:<{7}|={7}|>{7})/u, 'this is the mark of a merge conflict'],
];

/** A friendly hint about the line that MicroPython refused, when it is a well-known case. */
export function syntaxHint(line: string, message: string): string | undefined {
  if (message.startsWith('IndentationError')) return 'indent with spaces only, by the same number at each level';
  if (message.includes('unicode name escapes'))
    return 'MicroPython has no names of characters: write `\\u2014` or the character itself';
  return hints.find(([pattern]) => pattern.test(line))?.[1];
}
