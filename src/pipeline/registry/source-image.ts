import type { BlobSource } from '../../values/blob.ts';
import type { ImageGraph } from '../../values/image-graph.ts';
import type { WantedPlatform } from './choose-platform.ts';

/** An image that is ready to be sent or written. */
export interface SourceImage {
  readonly graph: ImageGraph;
  readonly blobs: BlobSource;
  readonly shown: string;
}

/** One platform, or everything that the index names. */
export type Choice = WantedPlatform | 'all';
