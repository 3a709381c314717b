import type { OpkgFeedSettings } from '../../feed/opkg/index.ts';

/** Where a release is below a mirror. */
export function releaseFolder(mirror: string, release: string): string {
  return release === 'snapshots' ? `${mirror}/snapshots` : `${mirror}/releases/${release}`;
}

/** OpenWrt's own feeds of a release, by name as in its distfeeds.conf; their URLs without the name of an index. */
export function openwrtFeeds(
  mirror: string,
  release: string,
  board: string,
  architecture: string,
): readonly Pick<OpkgFeedSettings, 'name' | 'url'>[] {
  const folder = releaseFolder(mirror, release);
  return [
    { name: 'openwrt_core', url: `${folder}/targets/${board}/packages` },
    ...['base', 'luci', 'packages', 'routing', 'telephony'].map((name) => {
      return { name: `openwrt_${name}`, url: `${folder}/packages/${architecture}/${name}` };
    }),
  ];
}
