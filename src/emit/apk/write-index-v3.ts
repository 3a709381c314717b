import { schemas } from '../../codec/adb/adb-format.ts';
import { adbFields } from '../../codec/adb/adb-schema.ts';
import { writeAdb } from '../../codec/adb/write-adb.ts';
import { writeDatabase } from '../../codec/adb/write-database.ts';
import { comparePaths } from '../../codec/path-text.ts';
import { signAdb } from '../../crypto/adb-signature.ts';
import type { SigningKey } from '../../crypto/signing-key.ts';
import { infoFields } from './adb-fields.ts';
import type { WrittenApk } from './apk-recipe.ts';

/**
 * An index of version 3 (Packages.adb) of packages of version 3, signed.
 *
 * @param architecture stands for `noarch` too, because apk looks for a package in the folder of its architecture
 */
export function writeIndexV3(
  packages: readonly WrittenApk[],
  architecture: string,
  description: string,
  keys: readonly SigningKey[],
): Uint8Array {
  const fields = adbFields.index;
  const sorted = packages.toSorted((a, b) => comparePaths(a.recipe.name, b.recipe.name));
  const { bytes: database } = writeDatabase({
    fields: {
      [fields.description]: description,
      [fields.packages]: {
        array: sorted.map(({ recipe, identity, bytes }) =>
          infoFields(
            { ...recipe, architecture },
            { [adbFields.info.hashes]: identity, [adbFields.info.fileSize]: bytes.length },
          ),
        ),
      },
    },
  });
  const signatures = keys.map((key) => signAdb(schemas.index, database, key));
  return writeAdb({ schema: schemas.index, database, signatures });
}
