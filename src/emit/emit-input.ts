import type { GzipLevel } from '../codec/gzip/encode-gzip.ts';
import type { SquashfsSettings } from '../spec/squashfs-settings.ts';
import type { Target } from '../spec/targets.ts';
import type { Tree } from '../tree/node.ts';
import type { BlobStore } from '../values/blob.ts';
import type { OciLayer } from '../values/oci-image.ts';
import type { DerivedCache } from '../values/derived-cache.ts';

/** Everything that outputs are made from. There is no clock in it: times are inputs. */
export interface EmitInput {
  readonly settings: ImageSettings;
  /** In the order of the spec, at least one. */
  readonly targets: readonly EmitTarget[];
  readonly blobs: BlobStore;
  readonly cache: DerivedCache;
  readonly compression: GzipLevel;
}

/** One finished tree. */
export interface EmitTarget {
  readonly target: Pick<Target, 'name' | 'oci' | 'fileLabel' | 'openwrt'>;
  /** Already normalised: times clamped, parents present. */
  readonly tree: Tree;
  /** Seconds since 1970: SOURCE_DATE_EPOCH or the newest input. */
  readonly createdSeconds: number;
  /** The image that the tree was put on, when its layers are kept. Absent: the whole tree becomes layers. */
  readonly below?: BelowImage | undefined;
}

/** An image that another one is put on. Its layers are in `blobs`. */
export interface BelowImage {
  /** What its layers make together. */
  readonly tree: Tree;
  /** Undefined where they are not kept and the new image has layers of its own for everything. */
  readonly layers: readonly OciLayer[] | undefined;
  /** `NAME=value`; those of the settings win. */
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Entries of image-spec's `history`, as they stand. */
  readonly history: readonly object[];
  /** What the manifest says of it (image-spec, annotations.md: `org.opencontainers.image.base.*`). */
  readonly annotations: Readonly<Record<string, string>>;
}

/** What a container's configuration says beside its files, the same for all targets. */
export interface ImageSettings {
  /** Repository name without a tag: `hello`, `team/hello`, `registry.example/team/hello`. */
  readonly name: string;
  readonly tag: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** `NAME=value`, in this order. */
  readonly env: readonly string[];
  /** `USER[:GROUP]`, names or numbers. Absent: root. */
  readonly user?: string | undefined;
  readonly workdir?: string | undefined;
  /** `PORT/tcp` or `PORT/udp`. */
  readonly exposedPorts: readonly string[];
  readonly stopSignal?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Absent: as OpenWrt makes them. */
  readonly squashfs?: SquashfsSettings | undefined;
  /** Of the manifests and the index. */
  readonly annotations: Readonly<Record<string, string>>;
}
