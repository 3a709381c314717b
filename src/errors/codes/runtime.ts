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
      'Base static is compiled from source at its first use, and for that compilers and sources are downloaded from Debian. Without network it must have been built before. Base debian needs no compiler, and no network where its packages are stored.',
    fix: 'once with network: kilopy runtime build; or name a feed of runtimes as `runtime` under feeds:',
  },
  KP9104: {
    title: 'This computer does not let kilopy compile',
    exitCode: 6,
    explanation:
      'Runtimes are compiled in namespaces of their own, with compilers that bring their own C library; the version of this computer’s does not matter. That takes the program unshare, and the right to make namespaces, which containers and hardened systems may refuse. It is tried before anything is downloaded.',
    fix: 'install util-linux, allow user namespaces or be root; or take --base debian, or a feed of runtimes: docs/runtime.md',
  },
  KP9105: {
    title: 'A version that the runtime is made from has left the mirror',
    exitCode: 4,
    explanation:
      'Sources and compilers are those of the stored index of Debian, and mirrors drop a version when a newer one arrives.',
    fix: 'kilopy runtime build --update takes what Debian has now; base: {static: {snapshot: DATE}} takes what it had on a day',
  },
  KP9106: {
    title: 'The compiler that was asked for is not here',
    exitCode: 6,
    explanation:
      'With `--toolchain`, or `toolchain:` of base static, runtimes are compiled with a compiler of this computer instead of those that kilopy takes from Debian. It is gcc, whose binutils must be there, too, or zig, beside which readelf is needed; and what the scripts run (make, python3, patch and the like). That is looked at before anything is downloaded.',
    fix: 'install what is missing; or leave --toolchain out: kilopy then brings its own compilers',
  },
  KP9107: {
    title: 'The compiler that was asked for is for another machine',
    exitCode: 2,
    explanation:
      'A compiler is asked by the macros that it defines, under the flags of the target, what it makes: processor, bits, byte order and float ABI have to be those of the target.',
    fix: 'name the cross compiler of that target by what stands before gcc in its name, such as --toolchain /opt/cross/bin/mips-linux-muslsf-',
  },
} as const;
