/** Remembers what was computed from something, by kind and key. The store is one; a result may be forgotten at any time. */
export interface DerivedCache {
  recall(kind: string, key: string): Promise<Uint8Array | undefined>;
  remember(kind: string, key: string, bytes: Uint8Array): Promise<void>;
}
