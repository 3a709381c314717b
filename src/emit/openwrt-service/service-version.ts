import { KilopyError } from '../../errors/kilopy-error.ts';

/** Where people give the version of an application, for images and packages alike. */
export const versionAnnotation = 'org.opencontainers.image.version';

/**
 * Version of the package of a service: the annotation org.opencontainers.image.version, else the date of the build. A build that has no
 * date (base static is made of files without one) gives 0, which every version that is given later is newer than.
 *
 * @throws KilopyError KP2003 for one that opkg and apk could not compare
 */
export function serviceVersion(annotations: Readonly<Record<string, string>>, createdSeconds: number): string {
  const given = annotations[versionAnnotation];
  if (given === undefined) {
    const date = new Date(createdSeconds * 1000).toISOString().slice(0, 10).replaceAll('-', '.');
    return createdSeconds === 0 ? '0-r1' : `${date}-r1`;
  }
  // The form of apk; opkg takes more.
  if (/^\d+(?:\.\d+)*[a-z]?(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*$/u.test(given)) return `${given}-r1`;
  throw new KilopyError('KP2003', `"${given}" is no version that a package for OpenWrt can have`, {
    where: `annotations: ${versionAnnotation}`,
    fix: 'write numbers with dots between them, such as 1.2.0 or 1.2.0_rc1',
  });
}

/** The same for opkg, which sorts what stands behind `_` after the release, and what stands behind `~` before it. */
export function opkgVersion(version: string): string {
  return version.replaceAll(/_(?=alpha|beta|pre|rc)/gu, '~');
}
