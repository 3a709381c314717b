import type { LockMode } from '../lock/lock-matches.ts';
import type { SpecOverrides } from '../spec/overrides.ts';
import type { Digest } from '../values/digest.ts';

/** What `kilopy build` is asked to do. Paths are absolute. */
export interface BuildRequest {
  readonly folder: string;
  readonly overrides: SpecOverrides;
  readonly outDir: string;
  readonly compress: 'default' | 'max';
  /** `keep`: an existing lock is followed, a missing one is written. `locked`: any difference is an error. `update`: solve anew. */
  readonly lock: LockMode;
  readonly offline: boolean;
  /** Of `kilopy devices`: what is built has to fit it. */
  readonly device?: string | undefined;
  /** On the device with a kernel of kilopy's and without an overlay, as firmware is; else with OpenWrt's. */
  readonly ownKernel?: boolean | undefined;
}

/** What a build made, as `--json` prints it. */
export interface BuildResult {
  readonly name: string;
  readonly base: string;
  /** Of a base that is an image: what the lock names. A file has its name alone. */
  readonly baseImage?: { readonly reference: string; readonly digest: Digest };
  readonly targets: readonly string[];
  /** Nothing had changed since the last build of this kind. */
  readonly upToDate: boolean;
  readonly artifacts: readonly ArtifactRecord[];
  readonly packages: Readonly<Record<string, readonly PackageRecord[]>>;
  /** What was left out of each target's packages. */
  readonly dropped: Readonly<Record<string, DroppedRecord>>;
  /** Biggest first, uncompressed bytes of the first target by origin. */
  readonly biggest: readonly { readonly origin: string; readonly sizeBytes: number }[];
  readonly lock: { readonly path: string; readonly written: boolean };
  readonly warnings: readonly string[];
}

export interface ArtifactRecord {
  /** Absolute. */
  readonly path: string;
  readonly format: string;
  /** One name, or several with commas for an image of several platforms. */
  readonly target: string;
  readonly mediaType: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly rawBytes: number;
  /** For images: layers, configurations, manifests and index, as a registry would send them. */
  readonly wireBytes?: number;
  readonly layers: readonly LayerRecord[];
}

export interface LayerRecord {
  readonly target: string;
  readonly digest: Digest;
  readonly diffId: Digest;
  readonly sizeBytes: number;
  readonly rawBytes: number;
  readonly origin: string;
}

export interface PackageRecord {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly sizeBytes: number;
}

export interface DroppedRecord {
  readonly files: number;
  readonly sizeBytes: number;
}
