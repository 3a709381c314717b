/** KP51xx: feeds and packages of opkg. */
export const opkgCodes = {
  KP5101: {
    title: 'A key or signature of usign cannot be read',
    exitCode: 5,
    explanation:
      'OpenWrt signs its indexes with usign: two lines of text, a comment and a line of base64 with an Ed25519 key or signature. The file is something else, is cut short, or is a secret key with a password.',
    fix: 'check the file; `usign -G` makes a pair of keys',
  },
  KP5102: {
    title: 'An index of opkg cannot be read',
    exitCode: 5,
    explanation:
      'Packages is a list of paragraphs with at least Package, Version and Architecture. What the feed gave is not of that form, or has more packages than any known repository.',
    fix: 'check the URL or the file; if the repository is your own, make its index again',
  },
  KP5103: {
    title: 'A package of opkg cannot be read',
    exitCode: 5,
    explanation:
      'An .ipk is a tar archive compressed with gzip (or an ar archive) that holds debian-binary, control.tar.gz and data.tar.gz. The file is cut short, damaged, or something else.',
    fix: 'get the package again; if it is yours, make it again',
  },
  KP5104: {
    title: 'The package is another one',
    exitCode: 5,
    explanation: 'The package itself says that it has another name, version or architecture than the index promised.',
    fix: 'use another mirror, or report it to the maintainer of the repository',
  },
  KP5105: {
    title: 'This is not an opkg feed',
    exitCode: 2,
    explanation:
      'A feed is a URL or folder with Packages.gz (or Packages) and Packages.sig, the index itself, or an .ipk file. An index without Packages.sig is only taken when that is allowed by name.',
    fix: 'check the path; add --allow-untrusted when you trust an index without signature',
  },
  KP5106: {
    title: 'A setting of an opkg feed is wrong',
    exitCode: 2,
    explanation: 'A line of repositories.conf or customfeeds.conf, a key, or a mirror cannot be used as given.',
    fix: 'write lines such as `src/gz NAME URL`',
  },
  KP5107: {
    title: 'An opkg feed without a signature',
    exitCode: 5,
    explanation:
      'The feed has no Packages.sig beside its index, so kilopy cannot know where it comes from. It is used only when that is allowed by name.',
    fix: 'sign it with usign, or set allowUntrusted: true for this feed (--allow-untrusted on the command line)',
  },
  KP5108: {
    title: 'A package is not what the index says',
    exitCode: 5,
    explanation:
      'Size or SHA-256 of an .ipk file differ from what the index of its feed says. Nothing of it has been used.',
    fix: 'fetch the package and its index again; if the repository is your own, make its index again',
  },
  KP5110: {
    title: 'Alternatives lead in a circle',
    exitCode: 7,
    explanation:
      'Packages of OpenWrt name links that point to programs (`Alternatives: 100:/bin/kill:/bin/busybox`). Here a link leads back to itself, so that no program would be found.',
    fix: 'leave out one of the packages',
  },
} as const;
