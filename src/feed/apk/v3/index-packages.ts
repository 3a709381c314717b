import { parseApkDependency } from '../../../solve/apk/dependency.ts';
import type { ApkDependency } from '../../../solve/apk/apk-package.ts';
import type { ApkIndexOrigin, ApkIndexPackage } from '../parse-index.ts';
import { apkVersionRules } from '../version.ts';
import type { ApkIndexV3 } from './index.ts';
import type { ApkPackageInfo } from './package-info.ts';
import { contradiction } from './package-paths.ts';
import { packagePlace } from './package-place.ts';

/**
 * The packages of an index of version 3 in the form that version 2 has too.
 *
 * @param origin `folder` is the folder of the index: `packages.adb`'s own, or the one of the architecture
 * @throws KilopyError KP5252 for too many packages, or places that cannot be known
 */
export function indexPackagesV3(index: ApkIndexV3, origin: ApkIndexOrigin): ApkIndexPackage[] {
  if (index.packages.length > origin.maxPackages) throw contradiction(origin.where, 'there are too many packages');
  const known = new Map<string, ApkDependency>();
  const relation = (text: string): ApkDependency => {
    const found = known.get(text) ?? parseRelation(text, origin);
    known.set(text, found);
    return found;
  };
  // As apk does, which warns of them: what nothing binds can neither be told from others nor be fetched.
  const bound = index.packages.filter(({ hash }) => hasIdentity(hash));
  return bound.map((info) => indexPackage(info, index.nameSpec, origin, relation));
}

/** One of them. `nameSpec` says what its file is called. */
export function indexPackage(
  info: ApkPackageInfo,
  nameSpec: string | undefined,
  origin: ApkIndexOrigin,
  relation: (text: string) => ApkDependency,
): ApkIndexPackage {
  const { name, version, architecture, hash } = info;
  if (!hasIdentity(hash)) throw contradiction(origin.where, `${name} has no SHA-256`);
  const hex = Buffer.from(hash).toString('hex');
  return {
    name,
    version,
    architecture,
    feed: origin.feed,
    depends: info.depends.map(relation),
    provides: info.provides.map(relation),
    installIf: info.installIf.map(relation),
    providerPriority: (info.providerPriority ?? 0) % 2 ** 16,
    installedSizeBytes: info.installedSizeBytes,
    origin: info.origin,
    identity: hex.slice(0, 40),
    unusable: whyUnusable(info, origin.architecture),
    ...packagePlace(nameSpec, info, origin),
    checksum: { algorithm: 'sha256', hex },
    sizeBytes: info.fileSizeBytes,
    ...(info.tags.length === 0 ? {} : { tags: info.tags }),
  };
}

/** SHA-256, whole or cut to 20 bytes. */
function hasIdentity({ length }: Uint8Array): boolean {
  return length === 20 || length === 32;
}

function whyUnusable({ version, architecture }: ApkPackageInfo, wanted: string): string | undefined {
  if (!apkVersionRules.isValid(version)) return 'its version cannot be read';
  const isForeign = architecture !== '' && architecture !== 'noarch' && architecture !== wanted;
  return isForeign ? `it is for ${architecture}, not for ${wanted}` : undefined;
}

/** A relation of an index. Throws KP5252. */
export function parseRelation(text: string, origin: Pick<ApkIndexOrigin, 'where'>): ApkDependency {
  const parsed = parseApkDependency(text, apkVersionRules, false);
  if (parsed === undefined) throw contradiction(origin.where, `"${text}" is no dependency`);
  const { name, operator, version, negative } = parsed;
  return { name, operator, version, negative };
}
