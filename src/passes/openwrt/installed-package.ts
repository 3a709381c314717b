import type { PackagePayload } from '../../feed/feed.ts';

/** A package of an OpenWrt root file system, as opkg or apk would have installed it. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Name of its feed, for the origin of its files. */
  readonly feed?: string | undefined;
  /**
   * `control` has the fields of the control file, also `alternatives` and `require-user` of an apk package, which has them
   * in files; `scripts` of an .ipk has the control file itself too.
   */
  readonly payload: PackagePayload;
  /** Named by the request. */
  readonly isWished: boolean;
  /** Another package brought it in. */
  readonly isNeeded: boolean;
}

/** One choice of `Alternatives: PRIORITY:PATH:TARGET, ...`. */
export interface Alternative {
  readonly priority: number;
  /** Absolute, of the link. */
  readonly path: string;
  readonly target: string;
}

/** What is not of that form opkg passes over. */
export function parseAlternatives(field: string): readonly Alternative[] {
  return field.split(/[,\n]/u).flatMap((item) => {
    const [priority, path, target, ...rest] = item.trim().split(':');
    if (path === undefined || target === undefined || target === '' || rest.length > 0 || !path.startsWith('/'))
      return [];
    return [{ priority: Number.parseInt(priority ?? '', 10) || 0, path, target }];
  });
}

/**
 * The order in which opkg goes through its packages: a table of 1024 lists, by the hash of the name (hash_table.c, djb2).
 * It decides between alternatives of one priority, and is the order of the status file.
 */
export function inTableOrder<T extends { readonly name: string }>(packages: readonly T[]): readonly T[] {
  return packages.toSorted((a, b) => bucketOf(a.name) - bucketOf(b.name));
}

const buckets = 1024;

function bucketOf(name: string): number {
  let hash = 5381;
  for (const byte of Buffer.from(name)) hash = (hash * 33 + byte) % buckets;
  return hash % buckets;
}
