import { KilopyError } from '../../../errors/kilopy-error.ts';
import type { ApkIndexOrigin } from '../parse-index.ts';
import type { ApkPackageInfo } from './package-info.ts';

/** Where a package is: the URL of a folder, and the path below it. */
interface PackagePlace {
  readonly folder: string;
  readonly path: string;
}

/**
 * Where a package of an index of version 3 is (apk-mkndx(8), `--pkgname-spec`): beside the index, or where `nameSpec` says,
 * which is a path below the repository or a URL. Understands `${field}` and `${field:N}`, the first N characters.
 *
 * @throws KilopyError KP5252 for another field, and for another kind of URL
 */
export function packagePlace(
  nameSpec: string | undefined,
  info: ApkPackageInfo,
  { folder, repository = folder, where }: Pick<ApkIndexOrigin, 'folder' | 'repository' | 'where'>,
): PackagePlace {
  if (nameSpec === undefined) return { folder, path: `${info.name}-${info.version}.apk` };
  const values: Readonly<Record<string, string>> = {
    name: info.name,
    version: info.version,
    arch: info.architecture,
    hash: Buffer.from(info.hash).toString('hex'),
  };
  const path = nameSpec.replaceAll(
    /\$\{([^}:]*)(?::(\d+))?\}/gu,
    (whole, field: string, length: string | undefined) => {
      const value = values[field];
      if (value === undefined) {
        throw new KilopyError('KP5252', `${where} names its packages by ${whole}, which is not known`, { where });
      }
      return length === undefined ? value : value.slice(0, Number(length));
    },
  );
  if (!nameSpec.includes('://')) return { folder: repository, path };
  // Of another machine's index a file of this one is no package.
  if (!/^https?:\/\//u.test(path) && !folder.startsWith('file:')) {
    throw new KilopyError('KP5252', `${where} names its packages by ${nameSpec}, which is no URL of a server`, {
      where,
    });
  }
  const slash = path.lastIndexOf('/');
  return { folder: path.slice(0, slash), path: path.slice(slash + 1) };
}
