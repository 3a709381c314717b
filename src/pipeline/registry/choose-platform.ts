import { KilopyError } from '../../errors/kilopy-error.ts';
import { graphDescriptor } from '../../image/image-graph.ts';
import { imageIndex, parseDocument, type Descriptor } from '../../image/image-documents.ts';
import type { OciPlatform } from '../../values/oci-image.ts';
import type { GraphDescriptor } from '../../values/image-graph.ts';

export type WantedPlatform = Pick<OciPlatform, 'architecture' | 'variant'>;

/** The entry of an index for a platform. Throws KP6110, which lists those that are there. */
export function choosePlatform(
  bytes: Uint8Array,
  digest: string,
  source: string,
  wanted: WantedPlatform,
): GraphDescriptor {
  const index = parseDocument(imageIndex, bytes, digest, source);
  const images = (index.manifests ?? []).filter(({ platform }) => platform?.architecture !== 'unknown');
  const fitting = images.filter(
    ({ platform }) =>
      platform !== undefined && platform.os === 'linux' && platform.architecture === wanted.architecture,
  );
  // An index that names no variant means the usual one of the architecture.
  const chosen =
    fitting.find(({ platform }) => platform?.variant === wanted.variant) ??
    fitting.find(
      ({ platform }) =>
        wanted.variant === undefined || platform?.variant === undefined || isUsual(wanted, platform.variant),
    );
  if (chosen !== undefined) return graphDescriptor(chosen);
  throw new KilopyError('KP6110', `${source} has no image for ${platformText({ os: 'linux', ...wanted })}`, {
    where: source,
    why: `it has ${images.map(({ platform }) => platformText(platform)).join(', ') || 'none'}`,
    data: { offered: images.map(({ platform }) => platformText(platform)) },
  });
}

/** arm64 is always v8, whether an index says so or not. */
function isUsual({ architecture }: WantedPlatform, variant: string): boolean {
  return architecture === 'arm64' && variant === 'v8';
}

export function platformText(platform: Descriptor['platform']): string {
  if (platform === undefined) return 'an unnamed platform';
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/');
}
