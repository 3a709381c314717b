import { archiveError, limitError } from '../archive-error.ts';
import { databaseHeader, wordPayload, wordTypes } from './adb-format.ts';

/** A database block, read in place: 100 000 packages cost no more than their bytes. */
export interface AdbView {
  readonly bytes: Buffer;
  /** Slots that may still be looked at: a few bytes can name the same list a million times. */
  budget: number;
}

/** A value: type in the upper four bits, number or place in the rest. */
export type AdbWord = number;

/** What stands where a field is absent. */
export const nullWord: AdbWord = 0;

const defaultBudget = 32 * 2 ** 20;

/** @param database what `readAdb` gives; of at least a header */
export function viewAdb(database: Uint8Array, budget: number = defaultBudget): AdbView {
  return { bytes: Buffer.from(database.buffer, database.byteOffset, database.length), budget };
}

export function rootWord(view: AdbView): AdbWord {
  return view.bytes.readUInt32LE(databaseHeader.rootAt);
}

export function wordType(word: AdbWord): number {
  return word >>> 28;
}

function isAbsent(word: AdbWord): boolean {
  return word === nullWord || wordType(word) === wordTypes.error;
}

/** A number, or undefined where the field is absent. Throws KP4001 for what is no number, or over 2^53. */
export function intOf(view: AdbView, word: AdbWord): number | undefined {
  // Nearly all numbers stand in the word itself.
  if (wordType(word) === wordTypes.int) return word & wordPayload;
  const value = bigIntOf(view, word);
  if (value === undefined) return undefined;
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw fault(word & wordPayload, 'a number is too large');
  return Number(value);
}

export function bigIntOf(view: AdbView, word: AdbWord): bigint | undefined {
  const at = word & wordPayload;
  switch (wordType(word)) {
    case wordTypes.int:
      return BigInt(at);
    case wordTypes.int32:
      check(view, at, 4);
      return BigInt(view.bytes.readUInt32LE(at));
    case wordTypes.int64:
      check(view, at, 8);
      return view.bytes.readBigUInt64LE(at);
    default:
      if (isAbsent(word)) return undefined;
      throw fault(at, 'a number was expected');
  }
}

/** Raw bytes, or undefined where the field is absent. A view, not a copy. Throws KP4001. */
export function blobOf(view: AdbView, word: AdbWord): Buffer | undefined {
  const place = placeOf(view, word);
  return place === undefined ? undefined : view.bytes.subarray(place.start, place.end);
}

/** Text, or undefined where the field is absent. Throws KP4001. */
export function textOf(view: AdbView, word: AdbWord | undefined): string | undefined {
  const place = placeOf(view, word ?? nullWord);
  return place === undefined ? undefined : view.bytes.toString('utf8', place.start, place.end);
}

function placeOf(view: AdbView, word: AdbWord): { readonly start: number; readonly end: number } | undefined {
  const headBytes = blobHeads[wordType(word)];
  const at = word & wordPayload;
  if (headBytes === undefined) {
    if (isAbsent(word)) return undefined;
    throw fault(at, 'bytes were expected');
  }
  check(view, at, headBytes);
  const start = at + headBytes;
  const lengthBytes = view.bytes.readUIntLE(at, headBytes);
  check(view, start, lengthBytes);
  return { start, end: start + lengthBytes };
}

/** Bytes of the length in front of the content, by type. */
const blobHeads: Readonly<Record<number, number>> = {
  [wordTypes.blob8]: 1,
  [wordTypes.blob16]: 2,
  [wordTypes.blob32]: 4,
};

/**
 * The slots of an array or object; none where the field is absent. Slot 0 is the number of slots, so that fields have
 * the numbers that apk gives them; a slot beyond the last is `undefined`. Throws KP4001, KP4003 over the budget.
 */
export function slotsOf(view: AdbView, word: AdbWord): readonly AdbWord[] {
  if (isAbsent(word)) return [];
  const at = word & wordPayload;
  const type = wordType(word);
  if (type !== wordTypes.array && type !== wordTypes.object) throw fault(at, 'a list was expected');
  check(view, at, 4);
  const count = view.bytes.readUInt32LE(at);
  if (count === 0) throw fault(at, 'a list has no slot for its own length');
  check(view, at, count * 4);
  view.budget -= count;
  if (view.budget < 0) throw limitError('ADB', at, undefined, 'the database repeats itself without end');
  const slots: AdbWord[] = [];
  for (let index = 0; index < count; index++) slots.push(view.bytes.readUInt32LE(at + index * 4));
  return slots;
}

/** The items of an array. */
export function itemsOf(view: AdbView, word: AdbWord | undefined): readonly AdbWord[] {
  return slotsOf(view, word ?? nullWord).slice(1);
}

function check(view: AdbView, start: number, lengthBytes: number): void {
  if (start + lengthBytes > view.bytes.length) throw fault(start, 'a value lies outside of the database');
}

function fault(offset: number, message: string): Error {
  return archiveError('ADB database', offset, undefined, message);
}
