/** From this many bytes on apk writes text as a block. */
const blockBytes = 80;
const indicators = '-?:,[]{}#&*!|>\'"%@`\0';

/**
 * A text as apk's YAML writer has it: the first line stands behind the key, further ones are to be indented. A block
 * loses its empty lines, as it does in apk.
 */
export function yamlText(text: string, multiline: boolean): readonly string[] {
  switch (styleOf(text, multiline)) {
    case 'plain':
      return [text];
    case 'quoted':
      return [`'${text}'`];
    default:
      return ['|', ...text.split('\n').filter((line) => line !== '')];
  }
}

function styleOf(text: string, multiline: boolean): 'plain' | 'quoted' | 'block' {
  if (text === '') return 'plain';
  if (multiline || Buffer.byteLength(text) >= blockBytes) return 'block';
  if (/[\r\n']| #/u.test(text)) return 'block';
  return indicators.includes(text.charAt(0)) || /: |#/u.test(text) ? 'quoted' : 'plain';
}
