import { createECDH, createHmac } from 'node:crypto';

/** Order of the base point of P-256 (FIPS 186-5; SEC 2, 2.4.2). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const scalarBytes = 32;

/**
 * ECDSA on P-256 with the deterministic number of RFC 6979, in DER. Node offers only random ones, and a random one
 * makes every build of an index different. The multiplication of the point is OpenSSL's.
 *
 * @param secret the private scalar, 32 bytes
 * @param hash of RFC 6979's generator; the one that made `digest`
 */
export function signEcdsa(secret: Uint8Array, hash: string, digest: Uint8Array): Uint8Array {
  const d = toInteger(secret);
  const e = toInteger(fitted(digest));
  for (const k of candidates(secret, hash, digest)) {
    const r = pointX(k) % order;
    const s = (inverse(k) * ((e + r * d) % order)) % order;
    if (r !== 0n && s !== 0n) return derSequence([derInteger(r), derInteger(s)]);
  }
  throw new Error('RFC 6979 gives numbers without end');
}

/** RFC 6979, 3.2: the generator of the number. */
function* candidates(secret: Uint8Array, hash: string, digest: Uint8Array): Generator<bigint, void> {
  const seed = Buffer.concat([secret, toBytes(toInteger(fitted(digest)) % order)]);
  const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Buffer =>
    createHmac(hash, key).update(Buffer.concat(parts)).digest();
  let value = hmac(Buffer.alloc(0)).fill(1);
  let key: Buffer = Buffer.alloc(value.length);
  for (const byte of [0, 1]) {
    key = hmac(key, value, Buffer.of(byte), seed);
    value = hmac(key, value);
  }
  for (;;) {
    let bytes: Buffer = Buffer.alloc(0);
    while (bytes.length < scalarBytes) {
      value = hmac(key, value);
      bytes = Buffer.concat([bytes, value]);
    }
    const k = toInteger(bytes.subarray(0, scalarBytes));
    if (k > 0n && k < order) yield k;
    key = hmac(key, value, Buffer.of(0));
    value = hmac(key, value);
  }
}

function pointX(k: bigint): bigint {
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(toBytes(k));
  return toInteger(curve.getPublicKey().subarray(1, 1 + scalarBytes));
}

/** The leftmost bits of a digest, as many as the order has. */
function fitted(digest: Uint8Array): Uint8Array {
  return digest.subarray(0, scalarBytes);
}

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
}

function toBytes(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * scalarBytes, '0'), 'hex');
}

/** By Euclid's algorithm; `order` is prime. */
function inverse(value: bigint): bigint {
  let [remainder, next] = [order, value % order];
  let [factor, nextFactor] = [0n, 1n];
  while (next !== 0n) {
    const quotient = remainder / next;
    [remainder, next] = [next, remainder - quotient * next];
    [factor, nextFactor] = [nextFactor, factor - quotient * nextFactor];
  }
  return ((factor % order) + order) % order;
}

/** X.690: a zero byte keeps the number positive. */
function derInteger(value: bigint): Uint8Array {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  const body = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  return Buffer.concat([Buffer.of(0x02, body.length), body]);
}

function derSequence(parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
}
