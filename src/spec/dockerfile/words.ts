/** Gives the value of a variable, or undefined when nobody has set it. */
export type Lookup = (name: string) => string | undefined;

export interface Word {
  readonly text: string;
  /** Variables in it that have no value here. */
  readonly unset: readonly string[];
  /** A part of it is the output of a command: `$(...)` or backquotes. */
  readonly isComputed: boolean;
}

export type Token = { readonly line: number } & (
  | { readonly kind: 'word'; readonly word: Word }
  | { readonly kind: 'operator'; readonly text: string }
);

export interface WordRules {
  readonly escape: string;
  readonly lookup: Lookup;
  /** Whether `;`, `&&`, `>` and the like, and line ends, are operators, as in a shell. */
  readonly operators: boolean;
}

/** Longest first. */
const operators = ['2>>', '2>&1', '&&', '||', ';;', '>>', '>&2', '2>', '<<', ';', '|', '&', '>', '<', '(', ')', '\n'];

/**
 * Splits text into words as Docker and a POSIX shell do: quotes, the escape character, `$NAME`, `${NAME}`,
 * `${NAME:-default}` and its relatives, continuation lines, and lines of comment between them.
 *
 * @param line on which the text begins
 */
export function splitWords(text: string, line: number, rules: WordRules): readonly Token[] {
  const tokens: Token[] = [];
  const { escape } = rules;
  let at = 0;
  let now = line;
  let begun = line;
  let current: { text: string; unset: string[]; isComputed: boolean } | undefined;

  const open = (): { text: string; unset: string[]; isComputed: boolean } => {
    if (current === undefined) begun = now;
    return (current ??= { text: '', unset: [], isComputed: false });
  };
  const close = (): void => {
    if (current !== undefined) tokens.push({ kind: 'word', line: begun, word: current });
    current = undefined;
  };

  while (at < text.length) {
    const character = text[at] ?? '';
    const continued = character === escape ? /^[ \t]*\r?\n/u.exec(text.slice(at + 1))?.[0] : undefined;
    if (continued !== undefined) {
      at += 1 + continued.length;
      now += 1;
      skipComments();
    } else if (rules.operators && current === undefined && character === '#') {
      while (at < text.length && text[at] !== '\n') at += 1;
    } else if (character === "'") {
      const end = text.indexOf("'", at + 1);
      const inner = text.slice(at + 1, end === -1 ? undefined : end);
      open().text += inner;
      now += inner.split('\n').length - 1;
      at += inner.length + 2;
    } else if (character === '"') {
      doubleQuoted();
    } else if (character === '$') {
      variable();
    } else if (character === '`' && escape !== '`' && rules.operators) {
      const end = text.indexOf('`', at + 1);
      computed(end === -1 ? text.length : end + 1);
    } else if (character === escape) {
      open().text += text[at + 1] ?? '';
      at += 2;
    } else if (!takeOperator() && !takeSpace()) {
      open().text += character;
      at += 1;
    }
  }
  close();
  return tokens;

  function skipComments(): void {
    for (;;) {
      const comment = /^[ \t]*(?:#[^\n]*)?\r?\n/u.exec(text.slice(at))?.[0];
      if (comment === undefined) return;
      at += comment.length;
      now += 1;
    }
  }

  function doubleQuoted(): void {
    const word = open();
    at += 1;
    while (at < text.length && text[at] !== '"') {
      const character = text[at] ?? '';
      if (character === escape && /["$\\`\n]/u.test(text[at + 1] ?? '')) {
        if (text[at + 1] !== '\n') word.text += text[at + 1] ?? '';
        else now += 1;
        at += 2;
      } else if (character === '$') {
        variable();
      } else {
        if (character === '\n') now += 1;
        word.text += character;
        at += 1;
      }
    }
    at += 1;
  }

  function variable(): void {
    const rest = text.slice(at);
    if (rest.startsWith('$(')) {
      computed(at + closing(rest, '(', ')'));
      return;
    }
    const word = open();
    const plain = /^\$([A-Za-z_]\w*)/u.exec(rest);
    const braced = plain === null && rest.startsWith('${') ? rest.slice(2, closing(rest, '{', '}') - 1) : undefined;
    const [name = '', how = ''] = /^([A-Za-z_]\w*)(.*)$/su.exec(plain?.[1] ?? braced ?? '')?.slice(1) ?? [];
    if (name === '') {
      word.text += '$';
      at += 1;
      return;
    }
    const value = rules.lookup(name);
    const changed = how === '' ? undefined : changedValue(value, how, nested);
    if (changed !== undefined) word.text += changed;
    else if (value === undefined) word.unset.push(name);
    else word.text += value;
    at += plain?.[0].length ?? (braced ?? '').length + 3;
  }

  /** The word behind `:-` and the like may have variables itself. */
  function nested(other: string): string {
    const parts = splitWords(other, now, { ...rules, operators: false });
    return parts.map((token) => (token.kind === 'word' ? token.word.text : '')).join(' ');
  }

  function computed(end: number): void {
    const word = open();
    word.text += text.slice(at, end);
    word.isComputed = true;
    now += text.slice(at, end).split('\n').length - 1;
    at = end;
  }

  function takeOperator(): boolean {
    if (!rules.operators) return false;
    const found = operators.find((operator) => text.startsWith(operator, at));
    if (found === undefined || (found.startsWith('2') && current !== undefined)) return false;
    close();
    tokens.push({ kind: 'operator', line: now, text: found });
    at += found.length;
    if (found === '\n') now += 1;
    return true;
  }

  function takeSpace(): boolean {
    const character = text[at] ?? '';
    if (!/\s/u.test(character)) return false;
    close();
    at += 1;
    if (character === '\n') now += 1;
    return true;
  }
}

/**
 * `${NAME...}` beyond the name: `-`, `+`, `?` with and without `:` as in a shell, and of Dockerfiles from 1.7 on `#`, `##`, `%`,
 * `%%`, `/` and `//` (docs.docker.com/reference/dockerfile, "Environment replacement"). Undefined: as if nothing stood there.
 */
function changedValue(value: string | undefined, how: string, expand: (text: string) => string): string | undefined {
  const [, operator = '', rest = ''] = /^(:?[-+?]|##?|%%?|\/\/?)(.*)$/su.exec(how) ?? [];
  const isSet = value !== undefined && (value !== '' || !operator.startsWith(':'));
  if (operator.endsWith('-')) return isSet ? value : expand(rest);
  if (operator.endsWith('+')) return isSet ? expand(rest) : '';
  if (value === undefined || operator === '' || operator.endsWith('?')) return undefined;
  if (operator.startsWith('/')) {
    const [, pattern = '', other = ''] = /^((?:\\.|[^/])*)\/?(.*)$/su.exec(rest) ?? [];
    const expression = new RegExp(patternSource(pattern, true), operator === '//' ? 'gsu' : 'su');
    return value.replace(expression, () => expand(other));
  }
  const isLong = operator.length === 2;
  if (operator.startsWith('#')) return value.replace(new RegExp(`^${patternSource(rest, isLong)}`, 'su'), '');
  // The shortest end is found by trying every place from behind.
  const expression = new RegExp(`^${patternSource(rest, true)}$`, 'su');
  const places = Array.from({ length: value.length + 1 }, (_, i) => (isLong ? i : value.length - i));
  const place = places.find((at) => expression.test(value.slice(at)));
  return place === undefined ? value : value.slice(0, place);
}

/** `*` and `?` of a shell as a regular expression. */
function patternSource(pattern: string, isGreedy: boolean): string {
  return pattern.replaceAll(/\\(.)|[\s\S]/gu, (one, escaped: string | undefined) => {
    if (one === '*') return isGreedy ? '.*' : '.*?';
    if (one === '?') return '.';
    return (escaped ?? one).replaceAll(/[$()*+.?[\\\]^{|}/-]/gu, '\\$&');
  });
}

/** Length of `$( ... )` or `${ ... }` with what is nested in it. */
function closing(text: string, opener: string, closer: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === opener) depth += 1;
    if (text[at] === closer) depth -= 1;
    if (text[at] === closer && depth === 0) return at + 1;
  }
  return text.length;
}
