import type { Context } from '../io/context.ts';
import type { OutputFormat } from '../spec/outputs.ts';
import type { Digest } from '../values/digest.ts';
import type { OciImage, OciLayer } from '../values/oci-image.ts';

/** One finished output. It is described completely before it is written. */
export interface Artifact {
  readonly format: OutputFormat;
  /** Name in the output folder. */
  readonly fileName: string;
  /** Names of the targets inside, such as `linux/arm/v7`. */
  readonly targets: readonly string[];
  readonly mediaType: string;
  /** Of the file's bytes; of `dir`, of the tar that holds the same; of `oci-dir`, of the manifest or index in `index.json`. */
  readonly digest: Digest;
  /** On the wire: bytes of the file, or of the files in a folder. */
  readonly sizeBytes: number;
  /** On disk: bytes of the uncompressed tar archives, over all targets. */
  readonly rawBytes: number;
  /** Of all targets; empty for what has no layers. */
  readonly layers: readonly OciLayer[];
  /** Of OCI outputs, for pushing. */
  readonly image?: OciImage;
  /** Writes it to an absolute path, whole or not at all. The folder above must exist. */
  write(ctx: Context, path: string): Promise<void>;
}
