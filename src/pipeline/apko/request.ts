/** What all commands below `kilopy apko` take, with apko's meaning. Relative paths count from `workdir`. */
export interface ApkoRequest {
  readonly file: string;
  /** Absolute. */
  readonly workdir: string;
  readonly includePaths: readonly string[];
  /** As typed: names, `host`, `all`. Empty: those of the configuration, else all. */
  readonly archs: readonly string[];
  readonly keyringAppend: readonly string[];
  readonly repositoryAppend: readonly string[];
  readonly buildRepositoryAppend: readonly string[];
  readonly packageAppend: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly ignoreSignatures: boolean;
  readonly offline: boolean;
  readonly lockfile: string | undefined;
  /** Folder for documents about the contents; undefined for none. */
  readonly sbomPath: string | undefined;
  /** RFC 3339. */
  readonly buildDate: string | undefined;
}
