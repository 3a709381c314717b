import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { slim } from '../../src/passes/slim.ts';
import { installedPackages, packageOf } from '../support/installed-packages.ts';
import { runInRoot } from '../support/run-in-root.ts';

/** Programs of many kinds that need no configuration of their own to say their version; those that this machine has are tried, and 30 of them must be here. */
const programs = [
  'openssl',
  'curl',
  'git',
  'gdb',
  'perl',
  'python3',
  'gcc-12',
  'ld.bfd',
  'make',
  'gpg',
  'gpgv',
  'ssh',
  'tmux',
  'strace',
  'ldd',
  'tar',
  'find',
  'grep',
  'awk',
  'sed',
  'bash',
  'dash',
  'ls',
  'sort',
  'xz',
  'zstd',
  'bzip2',
  'unzip',
  'file',
  'less',
  'vim',
  'nano',
  'sqlite3',
  'jq',
  'rsync',
  'wget',
  'patch',
  'diff',
  'dpkg',
  'dpkg-deb',
  'ps',
  'ip',
  'cmake',
  'cpp-12',
  'objdump',
  'readelf',
  'systemd-run',
  'udevadm',
  'dbus-daemon',
  'convert',
  'ffmpeg',
  'svn',
  'hg',
  'psql',
  'mysql',
  'm4',
  'autoconf',
  'tic',
  'infocmp',
  'openvt',
  'lsblk',
  'mount',
  'fdisk',
  'skopeo',
  'umoci',
  'runc',
  'podman',
  'qemu-img',
  'busybox',
  'cpio',
  'bsdtar',
  'unsquashfs',
  'dumpimage',
  'debugfs',
];

/** Where `--version` is not the word, or 0 not the answer. */
const words: Readonly<Record<string, readonly string[]>> = {
  openssl: ['version'],
  ssh: ['-V'],
  tmux: ['-V'],
  infocmp: ['-V'],
  tic: ['-V'],
  unzip: ['-v'],
  dash: ['-c', ':'],
  busybox: ['true'],
  debugfs: ['-V'],
  dumpimage: ['-V'],
};

const found = programs.flatMap((name) => {
  const path = [`/usr/bin/${name}`, `/bin/${name}`, `/usr/sbin/${name}`, `/sbin/${name}`].find((one) =>
    existsSync(one),
  );
  return path === undefined ? [] : [[name, path] as const];
});

/** Alternatives (awk, vim) belong to no package. */
const packaged = found.filter(([, path]) => {
  try {
    packageOf(path);
    return true;
  } catch {
    return false;
  }
});

test('there are enough programs here to try', () => {
  expect(packaged.length).toBeGreaterThanOrEqual(30);
});

test.each(packaged)(
  '%s starts from what the closure keeps of its dependencies',
  async (name, path) => {
    // Nothing depends on essential packages; scripts do.
    const { tree, blobs } = installedPackages([packageOf(path), 'bash', 'dash']);
    const { tree: kept } = await slim(tree, blobs, { mode: 'closure', entries: [path], wished: new Set() });
    const command = [path, ...(words[name] ?? ['--version'])];
    const result = await runInRoot(kept, blobs, command);
    expect(result.output).not.toMatch(/error while loading shared libraries|must be installed for/u);
    // Some want /proc or a configuration that no package brings: then the whole tree must fare no better.
    expect(result).toEqual(result.status === 0 ? result : await runInRoot(tree, blobs, command));
  },
  120_000,
);
