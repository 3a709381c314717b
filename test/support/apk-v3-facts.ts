import { inspect } from 'node:util';
import { KilopyError } from '../../src/errors/kilopy-error.ts';
import { readIndexV3, type IndexTrust } from '../../src/feed/apk/v3/index.ts';
import { unpackApkV3, type PackageTrust } from '../../src/feed/apk/v3/package.ts';
import { defaultLimits } from '../../src/io/limits.ts';
import type { Store } from '../../src/store/store.ts';
import { memoryBlobs } from './memory-blobs.ts';

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** A store in memory, as far as unpacking needs one. */
export function memoryStore(): Store {
  const blobs = memoryBlobs();
  const putMany: Store['putMany'] = (files) => Promise.resolve(files.map((file) => blobs.add(file)));
  return { ...blobs, putMany } as unknown as Store;
}

/** Everything that a package says, or the code of the error; what is no KilopyError is thrown. */
export async function apkFacts(bytes: Uint8Array, trust: PackageTrust): Promise<string> {
  try {
    const options = { trust, limits: defaultLimits };
    const { entries, control, scripts } = await unpackApkV3(memoryStore(), once(bytes), options, 'x.apk');
    return inspect({ entries, control, scripts }, { depth: 9, maxArrayLength: null, maxStringLength: null });
  } catch (error) {
    return onlyOurs(error);
  }
}

/** The same of an index. */
export async function indexFacts(bytes: Uint8Array, trust: IndexTrust): Promise<string> {
  try {
    return inspect(await readIndexV3(bytes, trust, defaultLimits, 'x.adb'), { depth: 9, maxArrayLength: null });
  } catch (error) {
    return onlyOurs(error);
  }
}

export function onlyOurs(error: unknown): string {
  if (error instanceof KilopyError) return error.code;
  throw error;
}

/** A copy with one bit changed. */
export function flipped(bytes: Uint8Array, random: () => number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[Math.floor(random() * copy.length)]! ^= 1 << Math.floor(random() * 8);
  return copy;
}
