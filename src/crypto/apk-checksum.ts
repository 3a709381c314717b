/** A digest as apk writes it in indexes, databases and dependencies. */
export interface ApkChecksum {
  readonly algorithm: 'sha1' | 'sha256';
  /** 40 or 64 lower-case hexadecimal digits. */
  readonly hex: string;
}

/**
 * Reads `Q1` or `Q2` with base64, `X1` or `X2` with hexadecimal digits; 1 is SHA-1, 2 is SHA-256. As apk-tools does,
 * `Q1` and `X1` with the length of a SHA-256 are one. Undefined for anything else.
 */
export function parseApkChecksum(text: string): ApkChecksum | undefined {
  const [, encoding, digits = ''] = /^([QX])[12](.+)$/u.exec(text) ?? [];
  if (encoding === undefined) return undefined;
  const hex = encoding === 'Q' ? hexOfBase64(digits) : digits.toLowerCase();
  if (hex === undefined || !/^[0-9a-f]*$/u.test(hex)) return undefined;
  if (hex.length === 64) return { algorithm: 'sha256', hex };
  return hex.length === 40 && text[1] === '1' ? { algorithm: 'sha1', hex } : undefined;
}

/** The reverse, in base64. */
export function formatApkChecksum({ algorithm, hex }: ApkChecksum): string {
  return `${algorithm === 'sha1' ? 'Q1' : 'Q2'}${Buffer.from(hex, 'hex').toString('base64')}`;
}

function hexOfBase64(digits: string): string | undefined {
  return /^[A-Za-z0-9+/]+={0,2}$/u.test(digits) ? Buffer.from(digits, 'base64').toString('hex') : undefined;
}
