import { limitError, unsupportedError } from '../../src/codec/archive-error.ts';
import { wordTypes } from '../../src/codec/adb/adb-format.ts';
import {
  bigIntOf,
  blobOf,
  nullWord,
  slotsOf,
  wordType,
  type AdbView,
  type AdbWord,
} from '../../src/codec/adb/adb-view.ts';
import type { AdbInput } from '../../src/codec/adb/write-database.ts';

const deepest = 32;

/**
 * A value with everything below it, in the form that writeDatabase takes, whatever its schema.
 *
 * @throws KP4001 for what lies outside of the database, KP4002 for `true` and `false`, KP4003 for endless nesting
 */
export function copyAdbValue(view: AdbView, word: AdbWord, depth = 0): AdbInput {
  if (depth > deepest) throw limitError('ADB database', 0, undefined, 'values are nested without end');
  switch (wordType(word)) {
    case wordTypes.int:
    case wordTypes.int32:
    case wordTypes.int64:
      return bigIntOf(view, word);
    case wordTypes.array:
    case wordTypes.object: {
      const items = slotsOf(view, word)
        .slice(1)
        .map((item) => copyAdbValue(view, item, depth + 1));
      if (wordType(word) === wordTypes.array) return { array: items };
      return { fields: Object.fromEntries(items.map((item, index) => [index + 1, item])) };
    }
    case wordTypes.special:
      if (word === nullWord) return undefined;
      throw unsupportedError('ADB database', 0, undefined, 'a value that apk does not use');
    case wordTypes.error:
      return undefined;
    default:
      return blobOf(view, word);
  }
}
