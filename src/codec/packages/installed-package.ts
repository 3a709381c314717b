/** What a package manager's database says of one installed package. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** As the database says; undefined when it does not. */
  readonly installedBytes: number | undefined;
  /** Paths without a leading slash, where the database itself lists them. */
  readonly files: readonly string[];
  /** Names that it depends on, all alternatives; versions are left out. */
  readonly depends: readonly string[];
  /** Other names that it answers to. */
  readonly provides: readonly string[];
  /** Whether somebody asked for it by name; undefined where the database does not say. */
  readonly isAsked: boolean | undefined;
}
