import { parseApkInstalled } from '../codec/packages/apk-installed.ts';
import { parseDpkgStatus, parseFileList, parseMd5sums } from '../codec/packages/dpkg-status.ts';
import type { InstalledPackage } from '../codec/packages/installed-package.ts';

export type PackageManager = 'dpkg' | 'apk' | 'opkg';

/** A package that is in an image according to the image's own database. */
export interface FoundPackage extends InstalledPackage {
  readonly manager: PackageManager;
}

const databases: readonly { readonly manager: PackageManager; readonly pattern: RegExp }[] = [
  { manager: 'dpkg', pattern: /^var\/lib\/dpkg\/(?:status|status\.d\/[^/]+)$/u },
  { manager: 'apk', pattern: /^(?:usr\/)?lib\/apk\/db\/installed$/u },
  { manager: 'opkg', pattern: /^usr\/lib\/opkg\/status$/u },
];

const fileLists = /^(?:var\/lib\/dpkg|usr\/lib\/opkg)\/info\/([^/]+)\.list$/u;
const md5sums = /^var\/lib\/dpkg\/status\.d\/([^/]+)\.md5sums$/u;

/** OpenWrt's additions to apk: `PRIORITY:LINK:TARGET` lines of a package. */
export const apkAlternatives: RegExp = /^lib\/apk\/packages\/[^/]+\.alternatives$/u;

/** Whether `findPackages` wants the content at this path, or `explainPaths`. */
export function isPackageDatabase(path: string): boolean {
  return databases.some(({ pattern }) => pattern.test(path)) || fileLists.test(path) || apkAlternatives.test(path);
}

/**
 * The packages of an image, from dpkg's, apk's and opkg's databases, by name.
 *
 * @param contents what stands at the paths for which `isPackageDatabase` is true
 */
export function findPackages(contents: ReadonlyMap<string, Uint8Array>, source: string): FoundPackage[] {
  const found: FoundPackage[] = [];
  for (const [path, bytes] of contents) {
    const manager = databases.find(({ pattern }) => pattern.test(path))?.manager;
    if (manager === undefined || md5sums.test(path)) continue;
    const text = Buffer.from(bytes).toString('utf8');
    const where = `${source}: ${path}`;
    const parsed = manager === 'apk' ? parseApkInstalled(text, where) : parseDpkgStatus(text, where);
    found.push(...parsed.map((one) => ({ ...one, manager, files: listedFiles(one, contents) })));
  }
  return found.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The package that each path belongs to; the first one wins. */
export function packageOwners(packages: readonly FoundPackage[]): ReadonlyMap<string, FoundPackage> {
  const owners = new Map<string, FoundPackage>();
  for (const one of packages) for (const path of one.files) if (!owners.has(path)) owners.set(path, one);
  return owners;
}

function listedFiles(one: InstalledPackage, contents: ReadonlyMap<string, Uint8Array>): readonly string[] {
  if (one.files.length > 0) return one.files;
  const text = (path: string): string | undefined => {
    const bytes = contents.get(path);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
  };
  // dpkg writes the architecture into the name for packages that may be there for several (Multi-Arch: same).
  const names = [one.name, `${one.name}:${one.architecture}`];
  for (const folder of ['var/lib/dpkg/info', 'usr/lib/opkg/info'])
    for (const name of names) {
      const list = text(`${folder}/${name}.list`);
      if (list !== undefined) return parseFileList(list);
    }
  const sums = text(`var/lib/dpkg/status.d/${one.name}.md5sums`);
  return sums === undefined ? [] : parseMd5sums(sums);
}
