import { wordPayload, wordTypes } from './adb-format.ts';
import { bigIntOf, blobOf, slotsOf, wordType, type AdbView, type AdbWord } from './adb-view.ts';

/** Deeper than any schema of apk. */
const deepest = 16;

/** A value of which only its type is known, on one line: numbers, bytes as hexadecimal digits, lists in brackets. Throws KP4001. */
export function describeUnknown(view: AdbView, word: AdbWord, depth = 0): string {
  switch (wordType(word)) {
    case wordTypes.special:
      return ['null', 'true', 'false'][word & wordPayload] ?? `special ${String(word & wordPayload)}`;
    case wordTypes.int:
    case wordTypes.int32:
    case wordTypes.int64:
      return String(bigIntOf(view, word));
    case wordTypes.array:
    case wordTypes.object: {
      if (depth === deepest) return '[...]';
      const items = slotsOf(view, word).slice(1);
      return `[${items.map((item) => describeUnknown(view, item, depth + 1)).join(', ')}]`;
    }
    case wordTypes.error:
      return `error ${String(word & wordPayload)}`;
    default:
      return `0x${blobOf(view, word)?.toString('hex') ?? ''}`;
  }
}
