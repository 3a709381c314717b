/** KP91xx: runtimes that kilopy compiles. */
export const runtimeCodes = {
  KP9101: {
    title: 'There is no runtime for this target',
    exitCode: 2,
    explanation: 'Base static has runtimes for eight machine families, which `kilopy runtime list` shows.',
    fix: 'choose another target, or another base',
  },
  KP9102: {
    title: 'A runtime that was built is wrong',
    exitCode: 70,
    explanation:
      'Every runtime is looked at, and run once where that is possible, before it is kept. This one is for another machine, or computes wrongly. It was thrown away.',
    fix: 'report it, with the output of kilopy doctor',
  },
  KP9103: {
    title: 'The runtime has not been built here, and there is no network',
    exitCode: 4,
    explanation:
      'Base static is compiled from source at its first use, and for that compilers and sources are downloaded from Debian. Without network it must have been built before; other bases need no compiler.',
    fix: 'once with network: kilopy runtime build; or name a feed of runtimes as `runtime` under feeds:',
  },
} as const;
