import type { OciImage } from '../values/oci-image.ts';
import type { Artifact } from './artifact.ts';
import type { EmitInput } from './emit-input.ts';

/** What every artifact made of an image says of it. */
export function imageFacts(
  input: EmitInput,
  image: OciImage,
): Required<Pick<Artifact, 'targets' | 'rawBytes' | 'layers' | 'image'>> {
  const layers = image.manifests.flatMap((manifest) => manifest.layers);
  return {
    targets: input.targets.map(({ target }) => target.name),
    rawBytes: layers.reduce((sum, layer) => sum + layer.rawBytes, 0),
    layers,
    image,
  };
}
