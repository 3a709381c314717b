import type { KnownUsignKey } from '../usign.ts';

/**
 * Keys that sign OpenWrt's indexes, as genuine images have them in /etc/opkg/keys. Later releases have keys of their own,
 * which kilopy does not carry: they are named under `keys`.
 */
export const openwrtKeys: readonly KnownUsignKey[] = [
  {
    name: '1035ac73cc4e59e3',
    signs: '18.06 release builds',
    origin: 'openwrt-keyring in an image of OpenWrt 19.07.7',
    text: 'untrusted comment: OpenWrt, 18.06 release builds\nRWQQNaxzzE5Z41cVmEh2rilAPKLsyfPKm+S4BJWA1Yv+LP1hKebmGtXi\n',
  },
  {
    name: '792d9d9b39f180dc',
    signs: '17.01 release builds',
    origin: 'openwrt-keyring in an image of OpenWrt 19.07.7',
    text: 'untrusted comment: OpenWrt, 17.01 release builds\nRWR5LZ2bOfGA3FGliZosEDhodiAKDOISmQs/mmjo4rhcbFtqkibJqMzo\n',
  },
  {
    name: 'f94b9dd6febac963',
    signs: '19.07 release builds',
    origin: 'openwrt-keyring in an image of OpenWrt 19.07.7',
    text: 'untrusted comment: OpenWrt, 19.07 release builds\nRWT5S53W/rrJY9BiIod3JF04AZ/eU1xDpVOb+rjZzAQBEcoETGx8BXEK\n',
  },
  {
    name: 'b5043e70f9a75cde',
    signs: 'unattended snapshot builds',
    origin: 'openwrt-keyring in an image of OpenWrt 19.07.7',
    text: 'untrusted comment: OpenWrt, unattended snapshot builds\nRWS1BD5w+adc3j2Hqg9+b66CvLR7NlHbsj7wjNVj0XGt/othDgIAOJS+\n',
  },
];
