import { alpineKeys } from '../../crypto/keys/alpine.ts';
import type { Context } from '../../io/context.ts';
import { releaseOf } from '../../spec/bases.ts';
import type { Spec } from '../../spec/spec.ts';
import { apkBase } from './apk.ts';
import type { BaseFeed } from './base-feed.ts';
import { mirrorOf } from './mirror-of.ts';

/** URL of the mirror. Throws KP2003. */
export function alpineMirror(ctx: Context, spec: Spec): string {
  return mirrorOf(ctx, spec, 'KILOPY_ALPINE_MIRROR', 'https://dl-cdn.alpinelinux.org/alpine', true);
}

export function alpineRepositories(mirror: string, { base }: Pick<Spec, 'base'>): readonly string[] {
  return ['main', 'community'].map((name) => `${mirror}/${releaseOf(base)}/${name}`);
}

/** Alpine Linux: MicroPython is in `community`, musl in `main`. */
export const alpineBase: BaseFeed = apkBase({
  runtimePackage: () => 'micropython',
  mirror: alpineMirror,
  repositories: alpineRepositories,
  owner: 'alpine',
  keys: alpineKeys,
  architecture: ({ alpine }) => alpine,
});
