import type { Spec } from '../spec/spec.ts';
import { alpineBase } from './bases/alpine.ts';
import type { BaseFeed } from './bases/base-feed.ts';
import { debianBase } from './bases/debian.ts';
import { imageBase } from './bases/image.ts';
import { openwrtBase } from './bases/openwrt.ts';
import { staticBase } from './bases/static.ts';
import { wolfiBase } from './bases/wolfi.ts';

/** Every base, one row each. */
const baseFeeds: Readonly<Record<Spec['base']['name'], BaseFeed>> = {
  debian: debianBase,
  alpine: alpineBase,
  wolfi: wolfiBase,
  openwrt: openwrtBase,
  static: staticBase,
  image: imageBase,
};

export function baseFeedOf(spec: Spec): BaseFeed {
  return baseFeeds[spec.base.name];
}
