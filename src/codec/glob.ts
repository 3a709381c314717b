/**
 * A test for paths against one pattern, both relative to the same folder and with `/`.
 *
 * `*` and `?` stay inside one name, `**` is any number of folders, `[abc]`, `[a-z]` and `[!a]` are sets, `{a,b}` is a
 * choice, a backslash takes the next character as it is. A pattern that matches a folder matches everything in it, so
 * `docs`, `docs/` and `docs/**` say the same. Names that begin with a dot are names like any other. A bracket or brace
 * that is not closed stands for itself.
 */
export function compileGlob(pattern: string): (path: string) => boolean {
  const choices = expandBraces(pattern).map((choice) =>
    choice
      .split('/')
      .filter((segment) => segment !== '' && segment !== '.')
      .map((segment) => (segment === '**' ? 'folders' : parseSegment(segment))),
  );
  return (path) => {
    const names = path.split('/');
    return choices.some((segments) => segments.length > 0 && matchPath(segments, names));
  };
}

type Segment = 'folders' | readonly Token[];
type Token = 'star' | ((character: string) => boolean);

/** Braces multiply; a pattern with more choices than this is taken literally. */
const maximumChoices = 256;

function expandBraces(pattern: string): string[] {
  let open = [pattern];
  const done: string[] = [];
  while (open.length > 0) {
    const next: string[] = [];
    for (const text of open) {
      const found = /^([^]*?)\{([^{}]*,[^{}]*)\}([^]*)$/u.exec(text);
      if (found === null) done.push(text);
      else for (const choice of (found[2] ?? '').split(',')) next.push((found[1] ?? '') + choice + (found[3] ?? ''));
    }
    if (next.length + done.length > maximumChoices) return [pattern];
    open = next;
  }
  return done;
}

function matchPath(segments: readonly Segment[], names: readonly string[]): boolean {
  const ends = reach(segments, names, (segment) => segment === 'folders', matchName);
  // An end before the last name is a folder above the path. A final `**` needs something inside the folder before it.
  const first = Math.min(...ends);
  return segments.at(-1) === 'folders' ? first < names.length : first <= names.length;
}

function matchName(segment: Segment, name: string): boolean {
  const characters = Array.from(name);
  const ends =
    segment === 'folders' ? undefined : reach(segment, characters, (token) => token === 'star', takesCharacter);
  return ends?.has(characters.length) === true;
}

/**
 * The places in `items` that can be reached by using up all of `steps`. Sets of places instead of backtracking: the
 * time is bounded by the product of both lengths, whatever the pattern.
 */
function reach<Step, Item>(
  steps: readonly Step[],
  items: readonly Item[],
  takesAnyNumber: (step: Step) => boolean,
  takesOne: (step: Step, item: Item) => boolean,
): ReadonlySet<number> {
  let places = new Set([0]);
  for (const step of steps) {
    const next = new Set<number>();
    if (takesAnyNumber(step)) {
      for (let place = Math.min(...places); place <= items.length; place += 1) next.add(place);
    } else {
      for (const place of places) {
        const item = items[place];
        if (item !== undefined && takesOne(step, item)) next.add(place + 1);
      }
    }
    places = next;
  }
  return places;
}

function takesCharacter(token: Token, character: string): boolean {
  return token !== 'star' && token(character);
}

function parseSegment(segment: string): Token[] {
  const tokens: Token[] = [];
  const characters = Array.from(segment);
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    const closing = character === '[' ? characters.indexOf(']', at + 2) : -1;
    if (character === '*') {
      if (tokens.at(-1) !== 'star') tokens.push('star');
    } else if (character === '?') {
      tokens.push(() => true);
    } else if (closing > 0) {
      tokens.push(parseSet(characters.slice(at + 1, closing)));
      at = closing;
    } else {
      const escaped = character === '\\' ? characters[at + 1] : undefined;
      if (escaped !== undefined) at += 1;
      tokens.push((other) => other === (escaped ?? character));
    }
  }
  return tokens;
}

function parseSet(characters: readonly string[]): (character: string) => boolean {
  const negated = characters[0] === '!';
  const rest = negated ? characters.slice(1) : characters;
  const ranges: (readonly [string, string])[] = [];
  for (let at = 0; at < rest.length; at += 1) {
    const first = rest[at] ?? '';
    const last = rest[at + 1] === '-' ? rest[at + 2] : undefined;
    ranges.push([first, last ?? first]);
    if (last !== undefined) at += 2;
  }
  return (character) => ranges.some(([first, last]) => character >= first && character <= last) !== negated;
}
