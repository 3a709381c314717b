/** KP5xxx: feeds, signatures, indexes, packages. */
export const feedCodes = {
  KP5001: {
    title: 'Signed by a key that is not trusted',
    exitCode: 5,
    explanation:
      'The index of the feed is signed, but with none of the keys that kilopy trusts for this feed. A mirror of another distribution, a newer release than kilopy knows, or a changed file.',
    fix: 'check the mirror and the suite; for a feed of your own, name its key under feeds',
  },
  KP5002: {
    title: 'The signature is wrong',
    exitCode: 5,
    explanation:
      'The content does not belong to its signature: it was changed or damaged after it had been signed. Nothing of it has been used.',
    fix: 'try again in some minutes, or use another mirror',
  },
  KP5003: {
    title: 'The signing key has expired',
    exitCode: 5,
    explanation: 'The only signatures are of keys that had expired or been revoked.',
    fix: 'check the clock of this machine, or use a newer kilopy or a newer release of the feed',
  },
  KP5004: {
    title: 'The signature cannot be read',
    exitCode: 5,
    explanation:
      'The file is not OpenPGP clear-signed text (or not an OpenPGP signature): cut short, damaged, or something else, such as a web page.',
    fix: 'check the URL of the mirror',
  },
  KP5005: {
    title: 'The digest does not match',
    exitCode: 5,
    explanation:
      'The SHA-256 of the content is not the one that the signed index gives for it. Nothing of it has been used.',
    fix: 'try again in some minutes, or use another mirror',
  },
  KP5006: {
    title: 'A key file cannot be read',
    exitCode: 2,
    explanation: 'A file that is named as a signing key does not hold an OpenPGP public key.',
    fix: 'give the public key as exported by gpg --export --armor',
  },
  KP5007: {
    title: 'The signature lies in the future',
    exitCode: 5,
    explanation:
      'The signature was made later than the clock of this machine says it is. The clock is most likely wrong.',
    fix: 'set the clock of this machine',
  },
  KP5050: {
    title: 'A Release file cannot be read',
    exitCode: 5,
    explanation:
      'The signed list of contents of a Debian suite (InRelease) was verified, but does not have the fields that kilopy needs, such as the list of SHA-256 sums.',
    fix: 'check that the URL is that of a Debian archive; very old or home-made archives may need new tools on the server',
  },
  KP5051: {
    title: 'The index of a suite has expired',
    exitCode: 5,
    explanation:
      'Debian dates the indexes of updates, security and unstable, so that nobody can go on serving an old state without the fixes. The one that the mirror gave is past its date: the mirror is behind, somebody replays an old state, or the clock of this machine is wrong.',
    fix: 'check the clock and use another mirror, or set allowExpired: true for this feed',
  },
  KP5052: {
    title: 'The mirror serves another suite',
    exitCode: 5,
    explanation:
      'The signed index is genuine but is that of another suite than the one asked for. A mirror that mixes up its folders, or an attempt to slip in an older release.',
    fix: 'use another mirror, or ask for the suite by the name that the index has',
  },
  KP5053: {
    title: 'The suite does not have this architecture or component',
    exitCode: 7,
    explanation:
      'The signed index of the suite lists no packages for the architecture or the component that was asked for.',
    fix: 'choose another suite, target or component',
  },
  KP5054: {
    title: 'An index of packages cannot be read',
    exitCode: 5,
    explanation:
      'The list of packages (Packages) is not a list of paragraphs with Package, Version, Architecture, Filename, Size and SHA256, or a field is far longer than in any known archive.',
    fix: 'check the URL or file; if the archive is your own, rebuild its index with apt-ftparchive or reprepro',
  },
  KP5055: {
    title: 'An index has too many packages',
    exitCode: 5,
    explanation: 'kilopy bounds what an index may make it do; this one has more paragraphs than any known archive.',
    fix: 'check the URL of the feed',
  },
  KP5056: {
    title: 'A suite has no signed index',
    exitCode: 5,
    explanation:
      'The archive has neither InRelease nor Release with Release.gpg for this suite, so nothing in it can be verified.',
    fix: 'check the URL and the name of the suite; for an unsigned archive of your own set allowUntrusted: true for this feed',
  },
  KP5057: {
    title: 'A relation of a package cannot be read',
    exitCode: 5,
    explanation:
      'A field such as Depends, Conflicts or Provides does not follow the grammar of Debian control files: names, versions in parentheses, alternatives with |, commas between.',
    fix: 'report it to the maintainer of the archive',
  },
  KP5058: {
    title: 'A setting of a Debian feed is wrong',
    exitCode: 2,
    explanation: 'A suite, mirror, snapshot, component or key of a feed of kind deb cannot be used as given.',
    fix: 'see the message; docs list what each setting takes',
  },
  KP5059: {
    title: 'An index is not available offline',
    exitCode: 4,
    explanation:
      'With --offline only what earlier builds verified and kept can be used, and this index is not among it or no longer whole.',
    fix: 'run the same command once without --offline',
  },
  KP5060: {
    title: 'A Debian package cannot be read',
    exitCode: 5,
    explanation:
      'The file is not a Debian binary package of format 2: an ar archive of debian-binary, control.tar and data.tar (deb(5)), or one of its parts is damaged.',
    fix: 'if the archive is your own, rebuild the package with dpkg-deb',
  },
  KP5061: {
    title: 'A package holds an unsafe path',
    exitCode: 5,
    explanation:
      'An entry of the package names a place outside the tree (..), or is of a type that no package has. Nothing was unpacked.',
    fix: 'do not use this package; report it to the owner of the archive',
  },
  KP5062: {
    title: 'A package is not the one that the index promised',
    exitCode: 5,
    explanation:
      'Name, version or architecture inside the package differ from those in the signed index that led to it.',
    fix: 'report it to the owner of the archive, or use another mirror',
  },
  KP5063: {
    title: 'An index without a signature',
    exitCode: 5,
    explanation:
      'A single file of packages carries no signature, so kilopy cannot know where it comes from. It is used only when that is asked for.',
    fix: 'add --allow-untrusted when you trust the file, or give the URL or folder of the archive with --suite',
  },
  KP5064: {
    title: 'A feed cannot be found',
    exitCode: 2,
    explanation: 'The path that was given as a feed is neither an index of packages nor a folder with dists/.',
    fix: 'check the path',
  },
} as const;
