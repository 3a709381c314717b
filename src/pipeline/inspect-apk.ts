import { basename, resolve } from 'node:path';
import { dumpAdb } from '../codec/adb/dump-adb.ts';
import { readAdb, type AdbSignature } from '../codec/adb/read-adb.ts';
import { withSource } from '../codec/archive-error.ts';
import { isSignedBy } from '../crypto/adb-signature.ts';
import { readPublicKey } from '../crypto/public-keys.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';

/** A package or index of apk version 3, as `apk adbdump` shows it. */
export interface InspectedApk {
  /** Lines of YAML, without newlines. To be read once; the last lines come when the whole file has been read. */
  readonly lines: AsyncIterable<string>;
  /** By whose key it is signed, where one of the given keys is it. */
  readonly signatures: readonly { readonly keyId: string; readonly signedBy: string | undefined }[];
}

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
export async function inspectApk(ctx: Context, path: string, keyFiles: readonly string[] = []): Promise<InspectedApk> {
  const keys = await Promise.all(
    keyFiles.map(async (file) => {
      const pem = await ctx.fs.readFile(resolve(ctx.cwd, file)).catch((cause: unknown) => {
        throw new KilopyError('KP5250', `no key ${file}`, { where: file, cause });
      });
      return readPublicKey(pem, basename(file));
    }),
  );
  const { indexBytes, packageBytes } = ctx.limits;
  try {
    const limits = { databaseBytes: indexBytes, totalBytes: packageBytes };
    const file = await readAdb(ctx.fs.readStream(resolve(ctx.cwd, path)), limits);
    const signer = (signature: AdbSignature): string | undefined =>
      keys.find((key) => isSignedBy(file.schema, file.database, signature, key))?.name;
    return {
      lines: named(
        dumpAdb(file, (signature) => (signer(signature) === undefined ? 'UNTRUSTED signature' : 'OK')),
        path,
      ),
      signatures: file.signatures.map((signature) => ({ keyId: signature.keyId, signedBy: signer(signature) })),
    };
  } catch (error) {
    throw withSource(error, path);
  }
}

async function* named(lines: AsyncIterable<string>, path: string): AsyncGenerator<string> {
  try {
    yield* lines;
  } catch (error) {
    throw withSource(error, path);
  }
}
