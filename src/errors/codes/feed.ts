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
} as const;
