/** KP230x: the words of ImageBuilder, and devices. */
export const openwrtCodes = {
  KP2301: {
    title: 'The target of OpenWrt is not known',
    exitCode: 2,
    explanation:
      'OpenWrt keeps kernel and C library by target and subtarget (ramips/mt76x8), other packages by architecture (mipsel_24kc). For some architectures there is no usual target.',
    fix: 'name it: board in kilopy.yaml, --target BOARD/SUBTARGET for kilopy imagebuilder',
  },
  KP2302: {
    title: 'The C library of an OpenWrt target cannot be found',
    exitCode: 5,
    explanation:
      'libc and kernel are in no index of OpenWrt. kilopy finds them by the signed list sha256sums of the target, which names every file below it. The list does not name them, or is not signed.',
    fix: 'check release and board; with an unpacked ImageBuilder use --from DIR',
  },
  KP2303: {
    title: 'The server has no such release or target of OpenWrt',
    exitCode: 4,
    explanation:
      'Packages, kernel and C library of a release are below releases/RELEASE/targets/BOARD/SUBTARGET on the mirror. There is nothing: the release is not out or was taken away, it does not have the target (malta is not built for every release), or the mirror is not one of OpenWrt.',
    fix: 'check --release and --target (release and board in kilopy.yaml), and the mirror where one is named',
  },
  KP2310: {
    title: 'A word of ImageBuilder is wrong',
    exitCode: 2,
    explanation:
      "`kilopy imagebuilder` takes the words of OpenWrt's ImageBuilder as WORD=VALUE: PROFILE, PACKAGES, FILES, BIN_DIR, EXTRA_IMAGE_NAME, DISABLED_SERVICES, ROOTFS_PARTSIZE, ADD_LOCAL_KEY, ROOTFS_FILESYSTEM, VERSION_FILENAMES; PACKAGE for package_depends and package_whatdepends.",
    fix: 'see `kilopy imagebuilder --help`',
  },
  KP2311: {
    title: 'A package that was taken out is needed',
    exitCode: 7,
    explanation:
      'A `-name` in PACKAGES takes a package out of the default ones. Another package that stays depends on it. ImageBuilder installs it again without a word; kilopy says which package needs it.',
    fix: 'take out the package that needs it as well, or leave this one in',
  },
  KP2312: {
    title: 'A profile that the target does not have',
    exitCode: 2,
    explanation: 'PROFILE names a device of the target. `kilopy imagebuilder info` lists them.',
    fix: 'write one of the profiles of the target',
  },
  KP2313: {
    title: 'A file of FILES cannot be part of an image',
    exitCode: 2,
    explanation:
      'FILES is a folder that is laid over the root file system. It holds something that is neither a file, a folder nor a link (a socket, a device), a name that is longer than file systems allow (255 bytes) or not UTF-8, something that you may not read, or its kilopy-files.yaml is wrong.',
    fix: 'take it out of the folder',
  },
  KP2314: {
    title: 'The folder is no unpacked ImageBuilder',
    exitCode: 2,
    explanation:
      'With --from DIR the target, its profiles and default packages are read from an unpacked ImageBuilder: .targetinfo, .config, repositories.conf (repositories with apk), keys/, packages/ and the kernels below build_dir/.',
    fix: "unpack OpenWrt's ImageBuilder of that release and target, and name its folder",
  },
  KP2315: {
    title: 'The image is larger than its partition',
    exitCode: 3,
    explanation:
      'The root file system does not fit into the partition (ROOTFS_PARTSIZE, in MiB). ImageBuilder deletes such an image and says nothing; kilopy stops before it writes one.',
    fix: 'take packages out, or give ROOTFS_PARTSIZE a larger number',
  },
  KP2317: {
    title: 'A squashfs image cannot be made',
    exitCode: 70,
    explanation: 'sqfstar of squashfs-tools makes squashfs images from a tar. It ended with an error.',
    fix: 'update squashfs-tools (4.5 or later)',
  },
  KP2318: {
    title: 'A file system that kilopy imagebuilder does not make',
    exitCode: 2,
    explanation:
      'ROOTFS_FILESYSTEM names one of the file systems of ImageBuilder; here squashfs, ext4, targz and cpiogz are made, and oci: a container.',
    fix: 'write ROOTFS_FILESYSTEM=squashfs, ext4, targz, cpiogz or oci, or leave it out for all file systems',
  },
  KP2320: {
    title: 'A device that kilopy does not know',
    exitCode: 2,
    explanation: 'The table of devices has what kilopy knows of boards: processor, memory, flash and image limits.',
    fix: 'see `kilopy devices`',
  },
  KP2321: {
    title: 'The device has another processor',
    exitCode: 2,
    explanation: 'The image is for another architecture or byte order than the device has.',
    fix: 'choose the target that `kilopy devices` shows',
  },
  KP2322: {
    title: 'The image does not fit the device',
    exitCode: 3,
    explanation:
      'Kernel, root file system and the smallest useful overlay together are larger than the flash that the device has for them. Nothing was written.',
    fix: 'take out packages; `kilopy size` shows what is large',
  },
  KP2330: {
    title: 'The application cannot be a package of OpenWrt',
    exitCode: 2,
    explanation:
      'The output openwrt-service makes packages for routers. OpenWrt has no packages for the target, or the application holds what a package cannot.',
    fix: 'build for one of the targets that `kilopy targets` shows with the base openwrt',
  },
} as const;
