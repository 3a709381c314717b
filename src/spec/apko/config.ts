import type { ApkoArchitecture } from './architectures.ts';

/** apko.yaml after its shape was checked, includes merged; names are apko's own (apko `pkg/build/types/types.go`). */
export interface ApkoConfig {
  readonly contents: ApkoContents;
  readonly entrypoint: ApkoEntrypoint;
  readonly cmd?: string;
  readonly 'stop-signal'?: string;
  readonly 'work-dir'?: string;
  readonly accounts: ApkoAccounts;
  readonly archs?: readonly ApkoArchitecture['name'][];
  readonly environment?: Readonly<Record<string, string>>;
  readonly paths?: readonly ApkoPath[];
  /** `URL@COMMIT` of the sources. */
  readonly 'vcs-url'?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly include?: string;
  readonly volumes?: readonly string[];
  readonly layering?: ApkoLayering;
  readonly format?: string;
  readonly certificates?: ApkoCertificates;
}

export interface ApkoContents {
  /** For the build only. */
  readonly build_repositories?: readonly string[];
  /** Only written into the image. */
  readonly runtime_repositories?: readonly string[];
  /** URL, path, or `@tag URL`: for the build, and written into the image. */
  readonly repositories?: readonly string[];
  readonly keyring?: readonly string[];
  /** Written into the image, never trusted for the build. */
  readonly runtime_keyring?: readonly NamedText[];
  readonly packages?: readonly string[];
  readonly baseimage?: { readonly image?: string; readonly apkindex?: string };
  /** Of kilopy alone: patterns of paths that do not get into the image. */
  readonly exclude?: readonly string[];
}

export interface ApkoEntrypoint {
  readonly type?: string;
  readonly command?: string;
  readonly 'shell-fragment'?: string;
  readonly services?: Readonly<Record<string, string>>;
}

export interface ApkoAccounts {
  readonly 'run-as'?: string;
  readonly users?: readonly ApkoUser[];
  readonly groups?: readonly ApkoGroup[];
}

export interface ApkoUser {
  readonly username?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly shell?: string;
  readonly homedir?: string;
}

export interface ApkoGroup {
  readonly groupname?: string;
  readonly gid?: number;
  readonly members?: readonly string[];
}

export interface ApkoPath {
  readonly path?: string;
  readonly type?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Permission bits, 0 when the file does not say. */
  readonly permissions?: number;
  readonly source?: string;
  readonly recursive?: boolean;
  /** Of kilopy alone: the text of an entry of type `file`. */
  readonly content?: string;
}

export interface ApkoLayering {
  readonly strategy?: string;
  readonly budget?: number;
}

export interface ApkoCertificates {
  readonly additional?: readonly NamedText[];
  readonly providers?: readonly string[];
}

export interface NamedText {
  readonly name?: string;
  readonly content?: string;
}
