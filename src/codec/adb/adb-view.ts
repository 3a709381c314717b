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

/** A number, or undefined where the field is absent. Throws KP4001 for what is no number, or over 2^53. */
export function intOf(view: AdbView, word: AdbWord): number | undefined {
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
      return BigInt(range(view, at, 4).readUInt32LE(0));
    case wordTypes.int64:
      return range(view, at, 8).readBigUInt64LE(0);
    default:
      if (word === nullWord) return undefined;
      throw fault(at, 'a number was expected');
  }
}

/** Raw bytes, or undefined where the field is absent. A view, not a copy. Throws KP4001. */
export function blobOf(view: AdbView, word: AdbWord): Buffer | undefined {
  const at = word & wordPayload;
  switch (wordType(word)) {
    case wordTypes.blob8:
      return range(view, at + 1, range(view, at, 1).readUInt8(0));
    case wordTypes.blob16:
      return range(view, at + 2, range(view, at, 2).readUInt16LE(0));
    case wordTypes.blob32:
      return range(view, at + 4, range(view, at, 4).readUInt32LE(0));
    default:
      if (word === nullWord) return undefined;
      throw fault(at, 'bytes were expected');
  }
}

/**
 * The slots of an array or object; none where the field is absent. Slot 0 is the number of slots, so that fields have
 * the numbers that apk gives them; a slot beyond the last is `undefined`. Throws KP4001, KP4003 over the budget.
 */
export function slotsOf(view: AdbView, word: AdbWord): readonly AdbWord[] {
  if (word === nullWord) return [];
  const at = word & wordPayload;
  const type = wordType(word);
  if (type !== wordTypes.array && type !== wordTypes.object) throw fault(at, 'a list was expected');
  const count = range(view, at, 4).readUInt32LE(0);
  if (count === 0) throw fault(at, 'a list has no slot for its own length');
  const words = range(view, at, count * 4);
  view.budget -= count;
  if (view.budget < 0) throw limitError('ADB', at, undefined, 'the database repeats itself without end');
  const slots: AdbWord[] = [];
  for (let index = 0; index < count; index++) slots.push(words.readUInt32LE(index * 4));
  return slots;
}

/** The items of an array. */
export function itemsOf(view: AdbView, word: AdbWord | undefined): readonly AdbWord[] {
  return slotsOf(view, word ?? nullWord).slice(1);
}

function range(view: AdbView, start: number, lengthBytes: number): Buffer {
  if (start + lengthBytes > view.bytes.length) throw fault(start, 'a value lies outside of the database');
  return view.bytes.subarray(start, start + lengthBytes);
}

function fault(offset: number, message: string): Error {
  return archiveError('ADB database', offset, undefined, message);
}
