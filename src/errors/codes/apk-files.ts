/** KP525x to KP529x: files of apk that kilopy reads in its version 3 or writes itself. */
export const apkFileCodes = {
  KP5250: {
    title: 'A key file cannot be read',
    exitCode: 2,
    explanation:
      'The keys of apk feeds are PEM files: a public key starts with -----BEGIN PUBLIC KEY-----, a private one with -----BEGIN PRIVATE KEY----- (or RSA or EC PRIVATE KEY). The file holds something else, a kind of key that apk does not know (it knows RSA and the curve P-256), or is protected by a passphrase.',
    fix: 'make a pair of keys with `kilopy feed key NAME`',
  },
  KP5251: {
    title: 'A file of that name exists already',
    exitCode: 2,
    explanation:
      'A key that is overwritten is lost, and with it the trust of everybody who has its public half. kilopy never replaces one.',
    fix: 'choose another name, or move the old key away',
  },
  KP5252: {
    title: 'A package of apk version 3 contradicts itself',
    exitCode: 5,
    explanation:
      'The list of files in the package and the contents that follow do not belong together: a content for a file that is not listed, in another order, of another size, or with another checksum; or a field that must be there is missing.',
    fix: 'get the package again; if it is yours, make it again',
  },
  KP5253: {
    title: 'A folder cannot become a package',
    exitCode: 2,
    explanation:
      'Each folder of `kilopy feed create` has a file kilopy-package.yaml with at least `name` and `version`, and the content of the package below `files/`. The message says what is wrong with it.',
    fix: 'see docs/feeds.md for the fields',
  },
  KP5254: {
    title: 'An installed database of apk cannot be read',
    exitCode: 5,
    explanation:
      'lib/apk/db/installed lists the packages of an image and their files, one letter a line. A line is not of that form, stands where apk never writes it (the attributes of a folder come right behind its name), or has a number or a checksum that is none.',
    fix: 'use another image, or repair its database with `apk fix`',
  },
} as const;
