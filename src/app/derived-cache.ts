/** Results by the digest of what they were made from; the store is one. */
export interface DerivedCache {
  recall(kind: string, key: string): Promise<Uint8Array | undefined>;
  remember(kind: string, key: string, bytes: Uint8Array): Promise<void>;
}
