import { apkFeed } from './apk/index.ts';
import { debFeed } from './deb/index.ts';
import { opkgFeed } from './opkg/index.ts';

/** Every kind of feed that this version of kilopy reads, one line each. */
export const feedKinds: FeedKinds = {
  deb: debFeed,
  apk: apkFeed,
  opkg: opkgFeed,
};

interface FeedKinds {
  readonly deb: typeof debFeed;
  readonly apk: typeof apkFeed;
  readonly opkg: typeof opkgFeed;
}
