export type TarType = 'file' | 'hardlink' | 'symlink' | 'char' | 'block' | 'directory' | 'fifo';

/** What one entry says of itself, after GNU and PAX records have been applied. */
export interface TarHeader {
  readonly type: TarType;
  /** As it stands in the archive (`./usr/`, `/etc`, `../x`): judging it is the reader's business. Decoded by `decodePath`. */
  readonly path: string;
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly uname: string;
  readonly gname: string;
  /** Size of the body; 0 for everything but files. */
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  /** 0 to 999 999 999, added to mtimeSeconds. */
  readonly mtimeNanoseconds: number;
  /** Of symlinks: the text. Of hard links: the path of the first name. Otherwise ''. */
  readonly linkTarget: string;
  readonly major: number;
  readonly minor: number;
  /** Raw values by name, such as `security.capability`. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  /** Byte offset of the entry's own header block. */
  readonly offset: number;
}

/** PAX records in effect for an entry: global ones, overridden by its own. Raw values by keyword. */
export type PaxRecords = ReadonlyMap<string, Uint8Array>;

export interface TarLimits {
  readonly fileBytes: number;
  readonly entries: number;
}

export interface TarOptions {
  /** The archive's name for messages. */
  readonly source?: string;
  readonly limits?: TarLimits;
  /**
   * Whether the two zero blocks must be there. They are the only sign that an archive was not cut between two
   * entries; the control segment of an apk version 2 package has none.
   */
  readonly endMarker?: 'required' | 'optional';
}
