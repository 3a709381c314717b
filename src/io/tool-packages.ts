/** One row of what `kilopy doctor` prints. */
export interface ToolPackage {
  readonly program: string;
  /** Name of the Debian package that has it. */
  readonly package: string;
  /** What it makes possible, as one sentence. */
  readonly unlocks: string;
}

/** Every outside program that kilopy may start. None is needed for `kilopy build` with containers as output. */
export const toolPackages: readonly ToolPackage[] = [
  { program: 'xz', package: 'xz-utils', unlocks: 'Unpacks xz files about three times faster.' },
  { program: 'sqfstar', package: 'squashfs-tools', unlocks: 'Writes squashfs images.' },
  {
    program: 'unshare',
    package: 'util-linux',
    unlocks: 'Compiles runtimes and kernels, and runs images on this kernel.',
  },
  { program: 'nsenter', package: 'util-linux', unlocks: 'Opens a shell in an image that runs.' },
  { program: 'newuidmap', package: 'uidmap', unlocks: 'Runs an image with several users without root.' },
  { program: 'newgidmap', package: 'uidmap', unlocks: 'Runs an image with several groups without root.' },
  { program: 'bwrap', package: 'bubblewrap', unlocks: 'Runs an image where plain user namespaces are refused.' },
  { program: 'podman', package: 'podman', unlocks: 'Runs and loads images with Podman.' },
  { program: 'docker', package: 'docker.io', unlocks: 'Runs and loads images with Docker.' },
  { program: 'runc', package: 'runc', unlocks: 'Runs an OCI bundle without an engine.' },
  { program: 'crun', package: 'crun', unlocks: 'Runs an OCI bundle without an engine.' },
  { program: 'umoci', package: 'umoci', unlocks: 'Unpacks an OCI image into a bundle for runc.' },
  { program: 'skopeo', package: 'skopeo', unlocks: 'Copies images between engines and registries.' },
  ...[
    'aarch64',
    'arm',
    'armeb',
    'i386',
    'mips',
    'mipsel',
    'mips64',
    'mips64el',
    'ppc64le',
    'riscv64',
    's390x',
    'x86_64',
  ].map((cpu) => ({
    program: `qemu-${cpu}-static`,
    package: 'qemu-user-static',
    unlocks: `Runs ${cpu} programs on another processor.`,
  })),
  { program: 'qemu-system-x86_64', package: 'qemu-system-x86', unlocks: 'Boots x86 firmware images.' },
  { program: 'qemu-system-i386', package: 'qemu-system-x86', unlocks: 'Boots 32-bit x86 firmware images.' },
  { program: 'qemu-system-aarch64', package: 'qemu-system-arm', unlocks: 'Boots arm64 firmware images.' },
  { program: 'qemu-system-arm', package: 'qemu-system-arm', unlocks: 'Boots arm firmware images.' },
  { program: 'qemu-system-mips', package: 'qemu-system-mips', unlocks: 'Boots big-endian MIPS firmware images.' },
  { program: 'qemu-system-mipsel', package: 'qemu-system-mips', unlocks: 'Boots little-endian MIPS firmware images.' },
  { program: 'qemu-system-riscv64', package: 'qemu-system-misc', unlocks: 'Boots riscv64 firmware images.' },
  { program: 'qemu-system-ppc', package: 'qemu-system-ppc', unlocks: 'Boots PowerPC firmware images.' },
  { program: 'update-binfmts', package: 'binfmt-support', unlocks: 'Registers QEMU for foreign programs.' },
  { program: 'mkimage', package: 'u-boot-tools', unlocks: 'Wraps kernels for U-Boot.' },
  { program: 'dumpimage', package: 'u-boot-tools', unlocks: 'Checks uImage files.' },
  { program: 'e2fsck', package: 'e2fsprogs', unlocks: 'Checks ext4 images.' },
  { program: 'debugfs', package: 'e2fsprogs', unlocks: 'Looks into ext4 images.' },
  { program: 'ip', package: 'iproute2', unlocks: 'Gives an image that runs a network of its own.' },
  { program: 'git', package: 'git', unlocks: 'Fetches dependencies from git repositories.' },
  { program: 'tar', package: 'tar', unlocks: 'Unpacks source archives.' },
];
