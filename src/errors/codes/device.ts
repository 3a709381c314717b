/** KP31xx: applications that are more than files in an image. */
export const deviceCodes = {
  KP3101: {
    title: 'The runtime cannot carry an application',
    exitCode: 2,
    explanation:
      'The output `bin` appends the application to MicroPython itself. Only the runtimes of kilopy look for it there; those of distributions do not, and need their shared libraries besides.',
    fix: 'use base: static',
  },
  KP3102: {
    title: 'A file that a single file cannot hold',
    exitCode: 2,
    explanation:
      'The output `bin` holds the application, below /app. Files of `files:` that lie elsewhere in the image have no place in it.',
    fix: 'put the file below /app, or build an image',
  },
} as const;
