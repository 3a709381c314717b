/** KP11xx: what comes to light only when the rooms work together. */
export const pipelineCodes = {
  KP1101: {
    title: 'A file to lay into the image cannot be read',
    exitCode: 2,
    explanation:
      '`files:` in kilopy.yaml names a source on this machine that is missing, may not be read, or is neither a file nor a folder.',
    fix: 'correct the path; relative ones count from the folder of kilopy.yaml',
  },
  KP1102: {
    title: 'SOURCE_DATE_EPOCH is no time',
    exitCode: 2,
    explanation:
      'The environment variable SOURCE_DATE_EPOCH gives all times in the outputs, as a whole number of seconds since 1970 (https://reproducible-builds.org/specs/source-date-epoch/).',
    fix: 'set it to a whole number, such as the output of `git log -1 --format=%ct`, or unset it',
  },
  KP1103: {
    title: 'The lock names an archive that is not configured',
    exitCode: 7,
    explanation:
      'kilopy.lock says that a package comes from an archive (such as `debian-security` or a feed of kilopy.yaml) that the configuration no longer has.',
    fix: 'put the feed back into kilopy.yaml, or choose packages anew with --update-lock',
  },
  KP1104: {
    title: 'The tests could not be started',
    exitCode: 1,
    explanation:
      'kilopy starts the MicroPython of the image with a program of its own that runs the tests. It ended, or was silent for a minute, before it reached a test.',
    fix: 'see whether the application itself starts: kilopy run',
  },
} as const;
