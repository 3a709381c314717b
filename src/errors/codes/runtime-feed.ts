/** KP915x: runtimes as packages. */
export const runtimeFeedCodes = {
  KP9150: {
    title: 'The runtime is another one than that of the lock',
    exitCode: 2,
    explanation:
      'kilopy.lock names a runtime by its SHA-256, and the one that this machine builds has another: kilopy is another version, or the sources in Debian have been renewed.',
    fix: 'kilopy build --update-lock, or base: {static: {snapshot: DATE}} with a day on which Debian had those sources',
  },
  KP9152: {
    title: 'A program is for another machine',
    exitCode: 2,
    explanation:
      'A file with an x bit is a program or library whose processor, word size or byte order is not that of the target, so it could never run there. The two byte orders of MIPS are mixed up most often: linux/mips is big-endian (Mikrotik KNOT, QCA9531), linux/mipsle little-endian (MT7628).',
    fix: 'take the file for this target, or remove its x bit when it is data',
  },
} as const;
