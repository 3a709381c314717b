/** Names from archives must neither drive the terminal nor break a line; bytes that are not UTF-8 stand as lone surrogates. */
export function printable(text: string): string {
  return text
    .replaceAll(/\p{Cc}/gu, (c) => `\\x${(c.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`)
    .replaceAll(
      /[\u{DC80}-\u{DCFF}](?<![\u{D800}-\u{DBFF}][\u{DC00}-\u{DFFF}])/gu,
      (c) => `\\x${(c.charCodeAt(0) - 0xdc00).toString(16)}`,
    );
}

/** As printable, for texts that may have several lines: messages about what came from archives and servers. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
