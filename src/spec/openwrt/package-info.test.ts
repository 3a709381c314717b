import { expect, test } from 'vitest';
import { parsePackageInfo } from './package-info.ts';

const text = `Source-Makefile: package/network/services/dnsmasq/Makefile
Build-Depends: nettle
Package: dnsmasq
Submenu: IP Addresses and Names
Version: 2.90-r3
Depends: +libc +USE_GLIBC:librt @TARGET_x +PACKAGE_dnsmasq_dbus:dbus +libubus kmod-ipv6
Conflicts: dnsmasq-full
Provides: @dhcp-server dns-server
Section: net
Type: ipkg
Description:  A server.
Depends: +this-is-text
@@

Source-Makefile: package/utils/x/Makefile
Version: 9
Package: x
Version: 1
Depends:
Description: x
@@
`;

test('packages with what they need always; texts, sources and conditions are not mistaken for it', () => {
  expect([...parsePackageInfo(text).values()]).toEqual([
    {
      name: 'dnsmasq',
      version: '2.90-r3',
      depends: ['libc', 'libubus', 'kmod-ipv6'],
      provides: ['dhcp-server', 'dns-server'],
    },
    { name: 'x', version: '1', depends: [], provides: [] },
  ]);
  expect(parsePackageInfo('').size).toBe(0);
});
