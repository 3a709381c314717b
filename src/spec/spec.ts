import type { SourceLocation } from '../values/source-location.ts';
import type { Wish } from '../values/wish.ts';
import type { Base } from './bases.ts';
import type { OutputFormat } from './outputs.ts';
import type { SquashfsSettings } from './squashfs-settings.ts';
import type { Target } from './targets.ts';

/**
 * What is to be built, complete: every front end (kilopy.yaml, command-line options, a bare folder with main.py) is
 * lowered to this form, defaults are filled in, and names are resolved. Nothing to the right reads a front end.
 */
export interface Spec {
  /** Absolute path of the folder that holds the application. */
  readonly folder: string;
  /** Absolute path of kilopy.yaml, where there is one. */
  readonly file?: string | undefined;
  /** Valid as an OCI repository name and as a file name. */
  readonly name: string;
  readonly app: AppSpec;
  readonly base: Base;
  /** In the order asked for, without repetition, at least one. */
  readonly targets: readonly Target[];
  readonly packages: readonly Wish[];
  /** Overlay, in the order written; later entries win. */
  readonly files: readonly OverlayEntry[];
  readonly env: Readonly<Record<string, string>>;
  readonly user: UserSpec;
  /** Absolute path inside the image. */
  readonly workdir: string;
  readonly ports: readonly Port[];
  readonly annotations: Readonly<Record<string, string>>;
  /** Feeds beside those of the base. */
  readonly feeds: readonly FeedSpec[];
  readonly slim: SlimMode;
  /** Whether licence texts go into the image too; they are always written beside it. */
  readonly licences: boolean;
  /** Absent: as the runtime does it. */
  readonly tls?: TlsSpec | undefined;
  /** Absent: none, or kilopy's with base static where the application starts processes. */
  readonly init?: InitSpec | undefined;
  /** A shell on the console of machines that boot */
  readonly debug: boolean;
  readonly outputs: readonly OutputFormat[];
  /** Absent: blocks of 256 KiB with xz. */
  readonly squashfs?: SquashfsSettings | undefined;
  /** How large outputs may be; at most one for each. */
  readonly budget: readonly Budget[];
}

export interface TlsSpec {
  readonly roots: readonly TlsRoot[];
  /** Whether servers must show a certificate that one of the roots has signed. */
  readonly verify: boolean;
  readonly where: SourceLocation;
}

/** Where root certificates come from. `text` is what was written, and the name in the lock. */
export type TlsRoot = { readonly text: string; readonly where: SourceLocation } & (
  | { readonly kind: 'system' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'host'; readonly host: string; readonly port: number }
);

/**
 * `kilopy`: device/init before the application; `none`: nothing before it; `openwrt`: on machines that boot procd, with a whole OpenWrt around,
 * and nothing before it in containers.
 */
export interface InitSpec {
  readonly kind: 'kilopy' | 'none' | 'openwrt';
  readonly where: SourceLocation;
}

/** Largest size of an output: of images what a registry sends, of files their bytes, of `dir` the bytes on disk. */
export interface Budget {
  readonly output: OutputFormat;
  readonly limitBytes: number;
  /** As it was written. */
  readonly text: string;
  readonly where: SourceLocation;
}

export interface AppSpec {
  /** Path of the entry point relative to the folder, with `/`. */
  readonly entry: string;
  readonly entryWhere?: SourceLocation | undefined;
  /** Glob patterns relative to the folder: a file is taken when one of `include` and none of `exclude` matches. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Arguments after the entry point: sys.argv[1:]. */
  readonly args: readonly string[];
}

export interface UserSpec {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface Port {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** `closure`: only files that the entry point reaches; `packages`: whole packages without documentation; `none`: nothing is dropped. */
export type SlimMode = 'closure' | 'packages' | 'none';

interface OverlayFields {
  /** Path inside the image without a leading slash, as in a Tree. */
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  readonly where: SourceLocation;
}

export interface OverlayFile extends OverlayFields {
  readonly type: 'file';
  /** A file or a folder with everything in it on this machine (absolute path), or the text itself. */
  readonly from:
    | { readonly kind: 'source'; readonly path: string }
    | { readonly kind: 'content'; readonly text: string };
  /** Absent: 0644, or 0755 for a source that its owner may execute. */
  readonly mode?: number | undefined;
}

interface OverlayDirectory extends OverlayFields {
  readonly type: 'directory';
  readonly mode: number;
}

interface OverlaySymlink extends OverlayFields {
  readonly type: 'symlink';
  readonly target: string;
}

export type OverlayEntry = OverlayFile | OverlayDirectory | OverlaySymlink;

/** One further package repository. */
export interface FeedSpec {
  readonly name: string;
  readonly kind: 'deb' | 'apk' | 'opkg';
  /** Of apk: the folder that holds the architectures. */
  readonly url: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** Absolute paths of key files that may sign it. */
  readonly keys: readonly string[];
  /** Take it without a valid signature. Shown in output and lock. */
  readonly allowUntrusted: boolean;
  /** Take it after its Valid-Until. */
  readonly allowExpired: boolean;
  readonly where: SourceLocation;
}
