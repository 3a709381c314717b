import type { SourceLocation } from '../values/source-location.ts';
import type { BaseName, RuntimeVariant } from './bases.ts';
import type { OutputFormat } from './outputs.ts';
import type { SquashfsBlock, SquashfsCompression } from './squashfs-settings.ts';
import type { SlimMode } from './spec.ts';

/**
 * What every front end is lowered to: the keys of kilopy.yaml with their shapes checked, and for each the place where a
 * person wrote it. `lower` makes the Spec of one or several of these, later ones before earlier ones.
 */
export interface FrontEnd {
  readonly value: Draft;
  /** The place of a value (or of its key), or of the nearest thing around it. */
  readonly locate: (path: DraftPath, part?: 'key' | 'value') => SourceLocation;
}

export type DraftPath = readonly (string | number)[];

/** kilopy.yaml after the schema: shapes are right, names and numbers are not resolved yet. */
export interface Draft {
  readonly name?: string | undefined;
  readonly app?: DraftApp | undefined;
  readonly base?: string | DraftBase | undefined;
  readonly targets?: string | readonly string[] | undefined;
  readonly packages?: string | readonly string[] | undefined;
  readonly files?:
    | Readonly<Record<string, string | DraftFile>>
    | readonly (DraftFile & { readonly path: string })[]
    | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly user?: string | number | DraftUser | undefined;
  readonly workdir?: string | undefined;
  readonly ports?: readonly (string | number)[] | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly feeds?: readonly DraftFeed[] | undefined;
  readonly slim?: SlimMode | undefined;
  readonly licences?: boolean | undefined;
  readonly tls?:
    | { readonly roots?: string | readonly string[] | undefined; readonly verify?: boolean | undefined }
    | undefined;
  readonly debug?: boolean | undefined;
  readonly init?: boolean | 'kilopy' | 'openwrt' | undefined;
  readonly outputs?: OutputFormat | readonly OutputFormat[] | undefined;
  readonly squashfs?:
    | { readonly block?: SquashfsBlock | undefined; readonly compression?: SquashfsCompression | undefined }
    | undefined;
  /** Sizes as written. */
  readonly budget?: Readonly<Partial<Record<OutputFormat, string | undefined>>> | undefined;
}

interface DraftApp {
  readonly entry?: string | undefined;
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly args?: readonly string[] | undefined;
}

/** Exactly one key is expected; more are a fault that `lower` reports. */
export type DraftBase = Readonly<Partial<Record<BaseName, DraftBaseSettings | null>>> & {
  readonly image?: string | undefined;
  /** Only beside `image`. */
  readonly flatten?: boolean | undefined;
  readonly plainHttp?: boolean | undefined;
};

export interface DraftBaseSettings {
  readonly suite?: string | undefined;
  readonly release?: string | undefined;
  readonly mirror?: string | undefined;
  readonly securityMirror?: string | undefined;
  readonly snapshot?: string | undefined;
  readonly components?: readonly string[] | undefined;
  readonly updates?: 'available' | 'required' | 'none' | undefined;
  readonly board?: string | undefined;
  readonly variant?: RuntimeVariant | undefined;
  readonly toolchain?: string | undefined;
  readonly database?: 'full' | 'scanner' | 'none' | undefined;
  readonly keys?: readonly string[] | undefined;
  readonly allowUntrusted?: boolean | undefined;
  readonly allowExpired?: boolean | undefined;
}

export interface DraftFile {
  readonly source?: string | undefined;
  readonly content?: string | undefined;
  readonly symlink?: string | undefined;
  readonly directory?: boolean | undefined;
  /** Octal digits. */
  readonly mode?: string | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

interface DraftUser {
  readonly name: string;
  readonly uid: number;
  readonly gid?: number | undefined;
}

export interface DraftFeed {
  readonly name: string;
  readonly kind?: 'deb' | 'apk' | 'opkg' | undefined;
  readonly url: string;
  readonly suite?: string | undefined;
  readonly components?: readonly string[] | undefined;
  readonly keys?: readonly string[] | undefined;
  readonly allowUntrusted?: boolean | undefined;
  readonly allowExpired?: boolean | undefined;
}
