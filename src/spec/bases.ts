import { KilopyError } from '../errors/kilopy-error.ts';
import type { SourceLocation } from '../values/source-location.ts';
import { suggestion } from './suggestion.ts';
import { targets, type Target } from './targets.ts';

/** Where the runtime and the files around it come from. */
export type BaseName = 'static' | 'alpine' | 'wolfi' | 'debian' | 'openwrt';

/** A base that this version builds from, with its settings complete. */
export type Base = StaticBase | DebianBase | ApkBase | OpenwrtBase | ImageBase;

/** What a runtime of kilopy has in it; see docs/bases.md. */
export type RuntimeVariant = 'floor' | 'small' | 'tls' | 'full';

export const runtimeVariants: readonly RuntimeVariant[] = ['floor', 'small', 'tls', 'full'];

interface StaticBase {
  readonly name: 'static';
  readonly settings: StaticSettings;
  readonly where?: SourceLocation | undefined;
}

/** Runtimes that kilopy builds, or a feed called `runtime` that somebody else has built. */
export interface StaticSettings {
  readonly variant: RuntimeVariant;
  /** Sources and compilers of Debian as they were at this moment, `YYYYMMDDTHHMMSSZ`. */
  readonly snapshot?: string | undefined;
  /** A compiler of this computer in the place of Debian's: `gcc`, or what stands before `gcc` in its name. */
  readonly toolchain?: string | undefined;
  readonly keys: readonly string[];
  readonly allowUntrusted: boolean;
}

interface ApkBase {
  readonly name: 'alpine' | 'wolfi';
  readonly settings: ApkBaseSettings;
  readonly where?: SourceLocation | undefined;
}

export interface ApkBaseSettings {
  /** Branch of Alpine, such as `v3.24`; `rolling` for Wolfi, which has no releases. */
  readonly release: string;
  /** Absent: KILOPY_ALPINE_MIRROR or KILOPY_WOLFI_MIRROR, else the distribution's own. */
  readonly mirror?: string | undefined;
  /** What the image says of its packages; see passes/apk-database.ts. */
  readonly database: 'full' | 'scanner' | 'none';
  /** Absolute paths of key files that may sign the repositories, beside those that kilopy carries. */
  readonly keys: readonly string[];
  readonly allowUntrusted: boolean;
}

interface OpenwrtBase {
  readonly name: 'openwrt';
  readonly settings: OpenwrtSettings;
  readonly where?: SourceLocation | undefined;
}

export interface OpenwrtSettings {
  /** Such as `23.05.5`; `snapshots` for the development version. */
  readonly release: string;
  /** Absent: KILOPY_OPENWRT_MIRROR, else OpenWrt's own. */
  readonly mirror?: string | undefined;
  /** Target and subtarget whose kernel and C library are taken, such as `ramips/mt76x8`. Absent: by the architecture. */
  readonly board?: string | undefined;
  /** Absolute paths of key files of usign (from 25.12 on: in PEM), beside those that kilopy carries. */
  readonly keys: readonly string[];
  readonly allowUntrusted: boolean;
}

interface DebianBase {
  readonly name: 'debian';
  readonly settings: DebianSettings;
  readonly where?: SourceLocation | undefined;
}

/** A base that packages for an image can come from. */
export type PackageFamily = DebianBase | ApkBase | OpenwrtBase;

interface ImageBase {
  readonly name: 'image';
  readonly settings: ImageSettings;
  readonly where?: SourceLocation | undefined;
}

/** An image that exists already. Nobody signs such a thing: its digest stands in the lock. */
export interface ImageSettings {
  /** `path`: an archive or folder on this machine. `registry`: an image of a registry. */
  readonly from: 'path' | 'registry';
  /** Absolute path; of an image of a registry the reference as it was written. */
  readonly path: string;
  /** As it was written. */
  readonly shown: string;
  /** One new layer structure instead of the image's own layers and what is put on top of them. */
  readonly flatten: boolean;
  /** The registry is asked without TLS. */
  readonly plainHttp: boolean;
  /** Where packages for it come from. Absent: what its own package database and os-release say. */
  readonly family?: PackageFamily | undefined;
  readonly keys: readonly string[];
  readonly allowUntrusted: boolean;
}

export interface DebianSettings {
  /** Suite or code name of the release, such as `trixie`. */
  readonly suite: string;
  /** Absent: the mirror that apt on this machine uses, else Debian's own. */
  readonly mirror?: string | undefined;
  /** Absent: `<mirror>-security`, or KILOPY_DEBIAN_SECURITY_MIRROR. */
  readonly securityMirror?: string | undefined;
  /** State of the archive at this moment, `YYYYMMDDTHHMMSSZ` as snapshot.debian.org names it. */
  readonly snapshot?: string | undefined;
  readonly components: readonly string[];
  /**
   * The updates and security suites. `available`: a mirror whose copy of such an index does not match its signature is
   * warned about and done without; `required`: that is an error; `none`: they are not read.
   */
  readonly updates: 'available' | 'required' | 'none';
  /** Absolute paths of key files that may sign the archive, beside those that kilopy carries. */
  readonly keys: readonly string[];
  readonly allowUntrusted: boolean;
  readonly allowExpired: boolean;
}

export interface BaseRow {
  readonly name: BaseName | 'image';
  readonly description: string;
  /** Whether this version of kilopy can build from it. */
  readonly available: boolean;
  /** Names of the settings that `base: {NAME: {...}}` takes. */
  readonly settings: readonly string[];
  readonly targets: readonly Target[];
}

const trust = ['keys', 'allowUntrusted', 'allowExpired'] as const;
/** Indexes of apk have no date after which they are refused. */
const apkTrust = ['keys', 'allowUntrusted'] as const;

/** Every base, one row each. */
export const bases: readonly BaseRow[] = [
  {
    name: 'debian',
    description: "MicroPython and libraries from Debian's archive (glibc)",
    available: true,
    settings: ['suite', 'mirror', 'securityMirror', 'snapshot', 'components', 'updates', ...trust],
    targets: targets.filter((target) => target.debian !== undefined),
  },
  {
    name: 'static',
    description: 'a MicroPython that kilopy builds itself, without any library',
    available: true,
    settings: ['variant', 'snapshot', 'toolchain'],
    targets: targets.filter(({ name }) => !['linux/arm/v6', 'linux/ppc64le', 'linux/s390x'].includes(name)),
  },
  {
    name: 'alpine',
    description: "MicroPython and libraries from Alpine's repositories (musl)",
    available: true,
    settings: ['release', 'mirror', 'database', ...apkTrust],
    targets: targets.filter((target) => target.alpine !== undefined),
  },
  {
    name: 'wolfi',
    description: "libraries from Wolfi's repository (glibc); MicroPython from a feed of your own",
    available: true,
    settings: ['mirror', 'database', ...apkTrust],
    targets: targets.filter((target) => target.wolfi !== undefined),
  },
  {
    name: 'openwrt',
    description: "MicroPython and libraries from OpenWrt's feeds, for routers (musl)",
    available: true,
    settings: ['release', 'mirror', 'board', ...apkTrust],
    targets: targets.filter((target) => target.openwrt !== undefined),
  },
];

/** `base: {image: PATH}`; it has no settings, and whatever target the image is for. */
export const imageRow: BaseRow = {
  name: 'image',
  description: 'an image that exists already: of a registry, or a file',
  available: true,
  settings: [],
  targets,
};

export const defaultBase: BaseName = 'static';

export const debianDefaults: DebianSettings = {
  suite: 'trixie',
  components: ['main'],
  updates: 'available',
  keys: [],
  allowUntrusted: false,
  allowExpired: false,
};

/** The newest stable branch of Alpine (alpinelinux.org/releases). */
export const alpineDefaults: ApkBaseSettings = { release: 'v3.24', database: 'none', keys: [], allowUntrusted: false };

export const wolfiDefaults: ApkBaseSettings = { release: 'rolling', database: 'none', keys: [], allowUntrusted: false };

export const staticDefaults: StaticSettings = { variant: 'small', keys: [], allowUntrusted: false };

export const openwrtDefaults: OpenwrtSettings = { release: '24.10.4', keys: [], allowUntrusted: false };

/** OpenWrt's packages are those of apk from 25.12 on. */
export function usesApk(release: string): boolean {
  return release === 'snapshots' || Number.parseInt(release, 10) >= 25;
}

/** What a base calls the state of its archive: a suite or a release; of `static` the variant. */
export function releaseOf(base: Base): string {
  if (base.name === 'image') return base.settings.shown;
  if (base.name === 'static') return base.settings.variant;
  return base.name === 'debian' ? base.settings.suite : base.settings.release;
}

/** The row of a base by its name. Throws KP2006 with a suggestion; whether it is available is the caller's question. */
export function findBase(name: string, where?: SourceLocation): BaseRow {
  const row = bases.find((candidate) => candidate.name === name);
  if (row !== undefined) return row;
  const names = bases.map((known) => known.name);
  throw new KilopyError('KP2006', name === '' ? 'base is empty' : `unknown base "${name}"`, {
    where,
    fix: suggestion(name, names),
    data: { base: name },
  });
}
