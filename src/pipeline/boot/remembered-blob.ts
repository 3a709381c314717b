import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';

/** A stream that is dear to make, once: remembered by its kind and by the digest of what it is made from. */
export async function rememberedBlob(
  store: Store,
  kind: string,
  key: string,
  make: () => AsyncIterable<Uint8Array>,
): Promise<BlobRef> {
  const known = await store.recall(kind, key);
  if (known !== undefined) {
    const blob = JSON.parse(Buffer.from(known).toString()) as BlobRef;
    if (await store.has(blob.digest)) return blob;
  }
  const blob = await store.putStream(make());
  await store.remember(kind, key, Buffer.from(JSON.stringify(blob)));
  return blob;
}
