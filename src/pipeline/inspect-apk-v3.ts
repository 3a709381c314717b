import { resolve } from 'node:path';
import { dumpAdb } from '../codec/adb/dump-adb.ts';
import { readAdb, type AdbSignature } from '../codec/adb/read-adb.ts';
import { withSource } from '../codec/archive-error.ts';
import { isSignedBy } from '../crypto/adb-signature.ts';
import type { Context } from '../io/context.ts';
import { linesOf, type InspectedApk } from './inspected-apk.ts';
import { readKeys } from './key-files.ts';

/** Whether a file is a package or index of apk version 3. Anything that cannot be read is not. */
export async function isApkV3(ctx: Context, path: string): Promise<boolean> {
  try {
    for await (const piece of ctx.fs.readStream(resolve(ctx.cwd, path))) {
      return Buffer.from(piece.subarray(0, 3)).toString('latin1') === 'ADB';
    }
  } catch {
    // Whoever reads it next says why it cannot be read.
  }
  return false;
}

/**
 * Shows a package or index of apk version 3. Nothing is trusted for it: signatures are only compared with `keyFiles`.
 *
 * @throws KilopyError KP4xxx for damage (also while `lines` is read), KP5250 for a key file
 */
export async function inspectApkV3(
  ctx: Context,
  path: string,
  keyFiles: readonly string[] = [],
): Promise<InspectedApk> {
  const keys = await readKeys(ctx, keyFiles);
  const { indexBytes, packageBytes } = ctx.limits;
  try {
    const limits = { databaseBytes: indexBytes, totalBytes: packageBytes };
    const file = await readAdb(ctx.fs.readStream(resolve(ctx.cwd, path)), limits);
    const signer = (signature: AdbSignature): string | undefined =>
      keys.find((key) => isSignedBy(file.schema, file.database, signature, key))?.name;
    return {
      lines: linesOf(
        path,
        dumpAdb(file, (signature) => (signer(signature) === undefined ? 'UNTRUSTED signature' : 'OK')),
      ),
      signatures: file.signatures.map((signature) => ({ keyId: signature.keyId, signedBy: signer(signature) })),
    };
  } catch (error) {
    throw withSource(error, path);
  }
}
