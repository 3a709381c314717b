declare const verified: unique symbol;

/**
 * Bytes or text whose signature or digest has been checked. Parsers of security-relevant input
 * accept only this type; `crypto/verdict.ts` is the only maker.
 */
export type Verified<T> = T & { readonly [verified]: true };

/** How a thing came to be trusted. Shown in output and lock. */
export type Verdict =
  | { readonly kind: 'signature'; readonly keyId: string; readonly signer: string }
  | { readonly kind: 'digest'; readonly digest: string }
  | { readonly kind: 'untrusted'; readonly why: string };
