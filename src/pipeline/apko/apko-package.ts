import type { PackageEntry } from '../../feed/package-entry.ts';

/** A package that goes into an image: what .PKGINFO says, what it holds. */
export interface ApkoPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly description: string;
  readonly license: string;
  readonly origin: string;
  readonly maintainer: string;
  readonly url: string;
  readonly commit: string;
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  readonly replaces: readonly string[];
  readonly installIf: readonly string[];
  readonly triggers: readonly string[];
  readonly providerPriority: number;
  /** Seconds since 1970; 0 when the package does not say. */
  readonly buildTime: number;
  /** Of the package file. */
  readonly sizeBytes: number;
  readonly installedSizeBytes: number;
  /** `Q1` and the SHA-1 of the control segment in base64. */
  readonly checksum: string;
  /** In the order of the package. */
  readonly entries: readonly ApkoEntry[];
  /** By file name, such as `.post-install`. They are kept, never run. */
  readonly scripts: ReadonlyMap<string, string>;
}

export interface ApkoEntry {
  readonly node: PackageEntry;
  /** `Q1` and the SHA-1 of the content (of a link: of its target) in base64; undefined where apk keeps none. */
  readonly checksum: string | undefined;
}
