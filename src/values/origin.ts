import type { SourceLocation } from './source-location.ts';

/** Why a node is in a tree. */
export type Origin =
  | {
      readonly kind: 'package';
      readonly name: string;
      readonly version: string;
      readonly architecture: string;
      /** Name of the base or feed, such as `debian`. */
      readonly feed: string;
    }
  | { readonly kind: 'dependency'; readonly name: string; readonly version: string; readonly source: string }
  | { readonly kind: 'app'; readonly file: string }
  | { readonly kind: 'overlay'; readonly where: SourceLocation }
  | { readonly kind: 'image'; readonly reference: string; readonly layer: string }
  | { readonly kind: 'pass'; readonly pass: string };
