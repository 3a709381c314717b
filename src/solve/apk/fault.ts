import type { ApkLink, ApkName, ApkNode } from './universe.ts';

/** What went wrong while a world was solved. One is enough for there to be no solution. */
export type Fault =
  | { readonly kind: 'no-provider'; readonly name: ApkName }
  | { readonly kind: 'unusable'; readonly node: ApkNode; readonly name: ApkName }
  | { readonly kind: 'same-name'; readonly node: ApkNode; readonly other: ApkNode; readonly name: ApkName }
  | { readonly kind: 'unfulfilled'; readonly node: ApkNode; readonly link: ApkLink }
  /** Only that something below it has a fault. */
  | { readonly kind: 'inherited'; readonly node: ApkNode };
