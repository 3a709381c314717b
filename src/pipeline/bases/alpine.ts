import { alpineKeys } from '../../crypto/keys/alpine.ts';
import { releaseOf } from '../../spec/bases.ts';
import { apkBase } from './apk.ts';
import type { BaseFeed } from './base-feed.ts';
import { mirrorOf } from './mirror-of.ts';

/** Alpine Linux: MicroPython is in `community`, musl in `main`. */
export const alpineBase: BaseFeed = apkBase({
  runtimePackage: () => 'micropython',
  mirror: (ctx, spec) => mirrorOf(ctx, spec, 'KILOPY_ALPINE_MIRROR', 'https://dl-cdn.alpinelinux.org/alpine', true),
  repositories: (mirror, { base }) => ['main', 'community'].map((name) => `${mirror}/${releaseOf(base)}/${name}`),
  owner: 'alpine',
  keys: alpineKeys,
  architecture: ({ alpine }) => alpine,
});
