/**
 * The fields of `.targetinfo` and `.packageinfo`, which OpenWrt's make writes (scripts/metadata.pm): `KEY: VALUE`, a line each. Texts of
 * several lines, which end with `@@`, are passed over.
 *
 * @param texts whether a key begins such a text
 */
export function* dumpFields(text: string, texts: RegExp): Generator<readonly [key: string, value: string]> {
  let inText = false;
  for (const line of text.split('\n')) {
    const [, key, value = ''] = inText ? [] : (/^([\w-]+): ?(.*)$/u.exec(line) ?? []);
    if (inText) inText = line !== '@@';
    else if (key !== undefined && texts.test(key)) inText = true;
    else if (key !== undefined) yield [key, value];
  }
}

export function wordsOf(value: string): readonly string[] {
  return value.split(/\s+/u).filter((word) => word !== '');
}
