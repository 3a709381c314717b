/** KP10xx: the command line itself. */
export const cliCodes = {
  KP1001: {
    title: 'Unknown command or option',
    exitCode: 2,
    explanation: 'The command line names a command, option or argument that kilopy does not have.',
  },
  KP1002: {
    title: 'Interrupted',
    exitCode: 130,
    explanation: 'A signal (Ctrl-C) ended the command. The old output is still in place and the store is usable.',
  },
  KP1003: {
    title: 'A helper program is missing',
    exitCode: 6,
    explanation: 'This step is done by a program that is the standard for it and is not installed here.',
    fix: 'kilopy doctor lists each program, what it unlocks and how to install it',
  },
  KP1004: {
    title: 'A helper program failed',
    exitCode: 6,
    explanation: 'A program that kilopy started ended with an error. Its own words are in the message.',
  },
  KP1005: {
    title: 'The file system refused',
    exitCode: 2,
    explanation: 'A file or folder could not be read or written: permissions, a read-only or a full disk.',
  },
  KP1006: {
    title: 'An environment variable has no usable value',
    exitCode: 2,
    explanation:
      'KILOPY_ATTEMPTS is how often a download is tried (4 unless set), KILOPY_STALL_SECONDS how long a server may be silent before a try counts as failed (30 unless set). Each is a whole number.',
    fix: 'correct the value, or unset the variable',
  },
  KP1070: {
    title: 'A bug in kilopy',
    exitCode: 70,
    explanation: 'Something failed in a way that kilopy does not know. Please report it with the output of `--debug`.',
  },
} as const;
