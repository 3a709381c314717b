/**
 * Numbers of the ADB container, in which apk-tools 3 keeps packages and indexes. Source: apk-v3(5) and src/adb.h of
 * apk-tools 3.0.6. All numbers are little-endian.
 */

/** `ADB.`: not compressed; four bytes of schema follow. */
export const plainMagic = 'ADB.';
/** `ADBd`: raw deflate of everything from `ADB.` on. */
export const deflateMagic = 'ADBd';
/** `ADBc`: algorithm and level follow, one byte each, then the compressed file. */
export const chosenMagic = 'ADBc';

/** Byte behind `ADBc`. */
export const algorithms = { none: 0, deflate: 1, zstd: 2 } as const;

export const schemas = { package: 0x676b6370, index: 0x78646e69 } as const;

/** Upper two bits of a block's first word; `extended` has its type in the lower bits and a size of 64 bits behind. */
export const blockTypes = { database: 0, signature: 1, data: 2, extended: 3 } as const;
export const blockAlignment = 8;
export const blockHeaderBytes = { short: 4, extended: 16, sizeAt: 8 } as const;
/** Largest size that fits into the lower 30 bits. */
export const shortBlockLimit = 0x3fffffff;
/** Path and file number in front of the content of a data block. */
export const dataHeaderBytes = 8;

/** compat u8, version u8, reserved u16, root word. */
export const databaseHeader = { bytes: 8, compatAt: 0, versionAt: 1, rootAt: 4 } as const;

/** version u8, hash u8, key id, signature. */
export const signatureHeader = { bytes: 18, versionAt: 0, hashAt: 1, keyIdAt: 2, keyIdBytes: 16 } as const;
/** apk refuses larger blocks. */
export const longestSignature = 2048;

/** Upper four bits of a word. */
export const wordTypes = {
  special: 0x0,
  int: 0x1,
  int32: 0x2,
  int64: 0x3,
  blob8: 0x8,
  blob16: 0x9,
  blob32: 0xa,
  array: 0xd,
  object: 0xe,
  /** What apk writes for a value that it could not make sense of; readers take it for absent. */
  error: 0xf,
} as const;
/** Lower 28 bits of a word. */
export const wordPayload = 0x0fffffff;
