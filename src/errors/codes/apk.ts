/** KP507x: indexes and packages of apk, version 2, and the settings of apk feeds. */
export const apkCodes = {
  KP5070: {
    title: 'An index of apk cannot be read',
    exitCode: 5,
    explanation:
      'APKINDEX.tar.gz is a signature, then an archive with DESCRIPTION and APKINDEX: for each package lines of one letter, a colon and a value. What the feed gave is not of that form, or has more packages than any known repository.',
    fix: 'check the URL or the file; if the repository is your own, make its index again with `kilopy feed create`',
  },
  KP5071: {
    title: 'A package of apk cannot be read',
    exitCode: 5,
    explanation:
      'A package of apk version 2 is a signature, a control part with .PKGINFO, and the files, each compressed with gzip on its own. The file is cut short, damaged, or something else.',
    fix: 'get the package again; if it is yours, make it again',
  },
  KP5072: {
    title: 'A package does not have the checksum that was promised',
    exitCode: 5,
    explanation:
      'The index gives a checksum of the control part of each package, the control part one of the files, and each file has one of its own. One of these does not match: the mirror has a newer package than its index (or the reverse), or something was changed. Nothing of it has been used.',
    fix: 'try again in some minutes, or use another mirror',
  },
  KP5073: {
    title: 'The package is another one',
    exitCode: 5,
    explanation: 'The package itself says that it has another name, version or architecture than the index promised.',
    fix: 'use another mirror, or report it to the maintainer of the repository',
  },
  KP5074: {
    title: 'This is not an apk feed',
    exitCode: 2,
    explanation:
      'A feed is a URL or folder with an index (APKINDEX.tar.gz of version 2, Packages.adb or packages.adb of version 3), or one with a folder of the name of the architecture that has it, or the index file itself; with a tag as `@tag URL`. A plain APKINDEX carries no signature, and is only taken with --allow-untrusted.',
    fix: 'check the path, or add --arch with the name that the folder has',
  },
  KP5075: {
    title: 'A setting of an apk feed is wrong',
    exitCode: 2,
    explanation: 'A release, mirror, repository, key or tag of a feed of kind apk cannot be used as given.',
    fix: 'see the message; docs list what each setting takes',
  },
} as const;
