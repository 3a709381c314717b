/** Where the values of a JSON text begin, and where it stops being JSON (RFC 8259). Only for messages: values come from JSON.parse. */
export interface JsonPlaces {
  readonly error?: { readonly message: string; readonly offset: number } | undefined;
  /** Offset of the value at a path, or of the nearest value around it. */
  offsetOf(path: readonly (string | number)[]): number;
}

const string = /"(?:[^"\\\t\n\r]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /true|false|null/y;
const space = /[ \t\n\r]*/y;

const maxDepth = 100;

export function jsonPlaces(text: string): JsonPlaces {
  const offsets = new Map<string, number>();
  let position = 0;
  let error: JsonPlaces['error'];
  value([]);
  skip();
  if (error === undefined && position < text.length) fail('text after the end');
  return {
    error,
    offsetOf(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const offset = offsets.get(JSON.stringify(path.slice(0, length)));
        if (offset !== undefined) return offset;
      }
      return offsets.get('[]') ?? 0;
    },
  };

  function fail(message: string): void {
    error ??= { message, offset: position };
  }

  function match(pattern: RegExp): string | undefined {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) position += found.length;
    return found;
  }

  function skip(): void {
    match(space);
  }

  function take(character: string): boolean {
    skip();
    if (text[position] !== character) return false;
    position += 1;
    return true;
  }

  function value(path: readonly (string | number)[]): void {
    skip();
    offsets.set(JSON.stringify(path), position);
    if (path.length > maxDepth) fail('nested too deeply');
    else if (take('{')) members(path, '}', member);
    else if (take('[')) members(path, ']', (index) => value([...path, index]));
    else if (match(string) === undefined && match(number) === undefined && match(word) === undefined) {
      fail(position >= text.length ? 'the text ends too early' : `unexpected ${JSON.stringify(text[position])}`);
    }
  }

  function members(
    path: readonly (string | number)[],
    end: string,
    one: (index: number, path: readonly (string | number)[]) => void,
  ): void {
    if (take(end)) return;
    for (let index = 0; error === undefined; index += 1) {
      one(index, path);
      if (error !== undefined || take(end)) return;
      if (!take(',')) fail(position >= text.length ? 'the text ends too early' : `a comma or ${end} is missing`);
    }
  }

  function member(_index: number, path: readonly (string | number)[]): void {
    skip();
    const key = match(string);
    if (key === undefined) fail('a key in quotes is missing');
    else if (!take(':')) fail('a colon is missing');
    else value([...path, JSON.parse(key) as string]);
  }
}
