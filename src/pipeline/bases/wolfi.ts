import { wolfiKeys } from '../../crypto/keys/wolfi.ts';
import { apkBase } from './apk.ts';
import type { BaseFeed } from './base-feed.ts';
import { mirrorOf } from './mirror-of.ts';

/** Wolfi has one repository without releases, and no MicroPython in it. */
export const wolfiBase: BaseFeed = apkBase({
  runtimePackage: () => undefined,
  mirror: (ctx, spec) => mirrorOf(ctx, spec, 'KILOPY_WOLFI_MIRROR', 'https://packages.wolfi.dev/os', true),
  repositories: (mirror) => [mirror],
  owner: 'wolfi',
  keys: wolfiKeys,
  architecture: ({ wolfi }) => wolfi,
});
