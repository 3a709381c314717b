import { join } from 'node:path';
import { testCache } from './recorded-mirror.ts';

/** Where scripts/fill-test-store.ts has kilopy unpack the packages of these programs, whole but for documentation. */
export const closureFolder: string = join(testCache, 'closure');
export const closureRoot: string = join(closureFolder, 'closure-amd64.rootfs');

/** Programs of trixie, one a package, of many kinds: with plugins, private libraries (RUNPATH), chains of links, interpreters. */
export const closurePrograms: readonly (readonly [packageName: string, program: string, words?: readonly string[]])[] =
  [
    ['bash', 'usr/bin/bash'],
    ['bc', 'usr/bin/bc'],
    ['binutils', 'usr/bin/ld.bfd'],
    ['bzip2', 'usr/bin/bzip2', ['--help']],
    ['coreutils', 'usr/bin/sort'],
    ['cpio', 'usr/bin/cpio'],
    ['curl', 'usr/bin/curl'],
    ['dash', 'usr/bin/dash', ['-c', ':']],
    ['dbus-daemon', 'usr/bin/dbus-daemon'],
    ['diffutils', 'usr/bin/diff'],
    ['dpkg', 'usr/bin/dpkg'],
    ['e2fsprogs', 'usr/sbin/debugfs', ['-V']],
    ['file', 'usr/bin/file'],
    ['findutils', 'usr/bin/find'],
    ['gawk', 'usr/bin/gawk'],
    ['git', 'usr/bin/git'],
    ['gnupg-utils', 'usr/bin/gpgsplit'],
    ['gpg', 'usr/bin/gpg'],
    ['grep', 'usr/bin/grep'],
    ['iproute2', 'usr/sbin/ip', ['-V']],
    ['jq', 'usr/bin/jq'],
    ['kmod', 'usr/bin/kmod'],
    ['less', 'usr/bin/less'],
    ['libarchive-tools', 'usr/bin/bsdtar'],
    ['lua5.4', 'usr/bin/lua5.4', ['-v']],
    ['m4', 'usr/bin/m4'],
    ['make', 'usr/bin/make'],
    ['nano', 'usr/bin/nano'],
    ['nftables', 'usr/sbin/nft'],
    ['openssl', 'usr/bin/openssl', ['version']],
    ['perl', 'usr/bin/perl', ['-MPOSIX', '-e', 'print floor(1.5)']],
    ['procps', 'usr/bin/free'],
    ['python3-minimal', 'usr/bin/python3', ['-S', '-c', 'pass']],
    ['rsync', 'usr/bin/rsync'],
    ['smbclient', 'usr/bin/smbclient'],
    ['sqlite3', 'usr/bin/sqlite3'],
    ['strace', 'usr/bin/strace'],
    ['systemd', 'usr/bin/systemctl'],
    ['tar', 'usr/bin/tar'],
    ['udev', 'usr/bin/udevadm'],
    ['util-linux', 'usr/bin/lsblk'],
    ['vim-tiny', 'usr/bin/vim.tiny'],
    ['wget', 'usr/bin/wget'],
    ['xz-utils', 'usr/bin/xz'],
    ['zstd', 'usr/bin/zstd'],
  ];
