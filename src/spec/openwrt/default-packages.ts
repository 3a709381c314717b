/** What a target installs when nobody says otherwise. */
interface DefaultSet {
  /** First release that it counts for, `YY.MM`. */
  readonly from: string;
  readonly packages: readonly string[];
}

const common = 'base-files ca-bundle dropbear fstools libc libgcc logd mtd netifd uci uclient-fetch urandom-seed urngd';

/** DEFAULT_PACKAGES of include/target.mk with device type `router`, newest first. */
const defaults: readonly DefaultSet[] = [
  set('25.12', `${common} libustream-mbedtls procd-ujail apk-mbedtls ${router('firewall4 nftables kmod-nft-offload')}`),
  set('23.05', `${common} libustream-mbedtls procd-ujail opkg ${router('firewall4 nftables kmod-nft-offload')}`),
  set('22.03', `${common} libustream-wolfssl procd-ujail opkg ${router('firewall4 nftables kmod-nft-offload')}`),
  set('21.02', `${common} libustream-wolfssl opkg ${router('firewall ip6tables iptables kmod-ipt-offload')}`),
];

/** Packages that a target adds (target/linux/TARGET/Makefile), by release, newest first. */
const boards: Readonly<Record<string, readonly DefaultSet[]>> = {
  malta: [
    set('23.05', 'wpad-basic-mbedtls kmod-mac80211-hwsim kmod-pcnet32 mkf2fs e2fsprogs'),
    set('21.02', 'wpad-basic-wolfssl kmod-mac80211-hwsim kmod-pcnet32 mkf2fs e2fsprogs'),
  ],
  'ramips/mt76x8': [
    set('23.05', 'kmod-gpio-button-hotplug kmod-leds-gpio kmod-mt7603 swconfig uboot-envtools wpad-basic-mbedtls'),
    set('21.02', 'kmod-gpio-button-hotplug kmod-leds-gpio kmod-mt7603 swconfig uboot-envtools wpad-basic-wolfssl'),
  ],
  'ramips/mt7621': [
    set('23.05', 'kmod-crypto-hw-eip93 kmod-gpio-button-hotplug kmod-leds-gpio uboot-envtools wpad-basic-mbedtls'),
    set('21.02', 'kmod-gpio-button-hotplug kmod-leds-gpio uboot-envtools wpad-basic-wolfssl'),
  ],
  'ath79/nand': [
    set('23.05', 'kmod-ath9k kmod-gpio-button-hotplug kmod-usb2 swconfig uboot-envtools wpad-basic-mbedtls'),
    set('21.02', 'kmod-ath9k kmod-gpio-button-hotplug kmod-usb2 swconfig uboot-envtools wpad-basic-wolfssl'),
  ],
};

/** The default packages of a target in a release, for use without an ImageBuilder, which knows them exactly. */
export function defaultPackages(release: string, board: string): readonly string[] | undefined {
  const [target = ''] = board.split('/');
  const base = newest(defaults, release);
  if (base === undefined) return undefined;
  const own = newest(boards[board] ?? boards[target] ?? [], release) ?? [];
  return [...new Set([...base, ...own])].toSorted();
}

function newest(sets: readonly DefaultSet[], release: string): readonly string[] | undefined {
  const year = /^\d\d\.\d\d/u.test(release) ? release.slice(0, 5) : '99.99';
  return sets.find(({ from }) => from <= year)?.packages;
}

function set(from: string, packages: string): DefaultSet {
  return { from, packages: packages.split(' ') };
}

function router(firewall: string): string {
  return `dnsmasq odhcp6c odhcpd-ipv6only ppp ppp-mod-pppoe ${firewall}`;
}
