import type { Context } from '../io/context.ts';
import type { OciImage } from '../values/oci-image.ts';
import type { Artifact } from './artifact.ts';
import type { EmitInput } from './emit-input.ts';

/** One output format: one file here, one line in the registry. */
export interface Output {
  /** After `NAME-ARCH.`; what people see. */
  readonly extension: string;
  readonly mediaType: string;
  /** One artifact for each target, or one for all together. */
  readonly perTarget: boolean;
  /** @param image the OCI image of the input, built when first asked for and then shared by the outputs. */
  emit(ctx: Context, input: EmitInput, image: () => Promise<OciImage>): Promise<readonly Artifact[]>;
}
