/** KP7xxx: the tree and the passes. */
export const treeCodes = {
  KP7001: {
    title: 'A path that cannot stand in an image',
    exitCode: 5,
    explanation:
      'Every path in an image is relative to its root and made of plain names. An absolute path, `..`, an empty name or a zero byte could place a file outside of the image, so an archive that holds one is refused whole.',
    fix: 'do not use this archive; if it is yours, pack it again from inside its folder',
  },
  KP7002: {
    title: 'Symbolic links that lead in a circle',
    exitCode: 5,
    explanation:
      'Following the links of the image never arrives at a folder: after 40 links (the kernel’s own limit) kilopy stops. Usually two links point at each other.',
  },
  KP7003: {
    title: 'Two sources want the same path',
    exitCode: 2,
    explanation:
      'Two packages, or a package and the application, both bring a file at this path and the contents differ. Which one is meant cannot be guessed. An entry under `files:` in kilopy.yaml may replace any file, on purpose and on record.',
    fix: 'leave one of the two out, or put the file that you want under files: in kilopy.yaml',
  },
  KP7004: {
    title: 'An archive that writes through its own link',
    exitCode: 5,
    explanation:
      'The archive brings a symbolic link and then a file below that link. An archive packed from a real folder cannot hold this; it is the usual way to write to a place that the archive has no business with.',
    fix: 'do not use this archive',
  },
  KP7005: {
    title: 'A device, or a program with special rights, from a source that may not bring one',
    exitCode: 5,
    explanation:
      'Applications and their dependencies are Python and data. A device node, or a file with the setuid or setgid bit, among them is a mistake or an attack. Packages may bring setuid programs, as in any distribution, but no device nodes.',
    fix: 'leave the entry out; a device that you need goes under files: in kilopy.yaml',
  },
  KP7006: {
    title: 'A file where a folder has to be',
    exitCode: 2,
    explanation: 'A path goes through something that is a file, or a folder and a file claim the same path.',
    fix: 'leave one of the two out',
  },
  KP7007: {
    title: 'A link that leads out of the image',
    exitCode: 5,
    explanation:
      'A file would be placed through a symbolic link that climbs above the root of the image with `..`. Inside the image it would end somewhere else than on the machine that made it.',
    fix: 'do not use the package that brings this link',
  },
  KP7101: {
    title: 'Users or groups that cannot be read',
    exitCode: 5,
    explanation: 'A line of /etc/passwd or /etc/group in the image does not have the fields of passwd(5) or group(5).',
  },
  KP7102: {
    title: 'A user that is already somebody else',
    exitCode: 2,
    explanation:
      'kilopy.yaml asks for a user or group whose name is already taken in the image under another number. Files would belong to a stranger.',
    fix: 'use the number that the image has, or another name',
  },
  KP7103: {
    title: 'Unknown user or group',
    exitCode: 2,
    explanation: 'An owner is named that is neither in the image’s /etc/passwd or /etc/group nor a number.',
    fix: 'write the number (uid:gid), or add the user',
  },
  KP7201: {
    title: 'A shared library is missing',
    exitCode: 7,
    explanation:
      'A program that has to start needs a shared library that no package in the image brings, at least not where the dynamic loader looks for it. The image would fail at its first start, so it is not built.',
    fix: 'add the package that holds the library under packages: in kilopy.yaml',
  },
  KP7202: {
    title: 'The program to start is not in the image',
    exitCode: 2,
    explanation:
      'The entry point, or the interpreter that it names in its first line or its ELF header, does not exist.',
    fix: 'check the path, or add the package that holds it under packages: in kilopy.yaml',
  },
  KP7203: {
    title: 'A program for another machine',
    exitCode: 5,
    explanation:
      'The entry point is no ELF program and no script, or is damaged, so what it needs cannot be found out.',
  },
  KP7301: {
    title: 'Certificates that cannot be read',
    exitCode: 5,
    explanation:
      'A file of ca-certificates is not a PEM certificate. The bundle made of it would be refused by programs.',
  },
  KP7401: {
    title: 'Not an image that kilopy can read',
    exitCode: 5,
    explanation:
      'The folder or archive is neither an OCI image layout (oci-layout, index.json) nor a `docker save` archive (manifest.json), or a part that it refers to is absent or malformed.',
  },
  KP7402: {
    title: 'The image is not made for this platform',
    exitCode: 2,
    explanation:
      'The image’s index has no manifest for the platform that was asked for. The message lists those it has.',
  },
  KP7403: {
    title: 'A layer that does not fit the layers below',
    exitCode: 5,
    explanation:
      'An entry of a layer cannot be applied: a hard link to a file that is not there, or an entry type that images do not have.',
  },
  KP7404: {
    title: 'A layer that is not what the image says',
    exitCode: 5,
    explanation: 'The digest of a layer’s content differs from the one in the image’s manifest or configuration.',
  },
  KP7405: {
    title: 'Not a sysupgrade image that can be re-packed',
    exitCode: 2,
    explanation:
      'Only images of OpenWrt’s ramips targets are re-packed: a kernel in U-Boot’s legacy format, a squashfs behind it, and metadata of fwtool at the end, all with right checksums. Everything else is refused, because a wrong image can make a router useless.',
    fix: 'use the *-squashfs-sysupgrade.bin of the device from OpenWrt',
  },
  KP7406: {
    title: 'The root file system does not go into the image',
    exitCode: 2,
    explanation:
      'The root file system for a sysupgrade image has to be a squashfs with xz, and kernel, root file system and padding together have to fit into the part of the flash that the device table names.',
    fix: 'leave out packages, or use another device',
  },
  KP7407: {
    title: 'A sysupgrade image of another device',
    exitCode: 2,
    explanation: 'The metadata of the image name the devices that it is for, and this one is not among them.',
    fix: 'use the image of the device; kilopy devices lists the names',
  },
} as const;
