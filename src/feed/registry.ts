import { debFeed } from './deb/index.ts';

/** Every kind of feed that this version of kilopy reads, one line each. */
export const feedKinds: FeedKinds = {
  deb: debFeed,
};

interface FeedKinds {
  readonly deb: typeof debFeed;
}
