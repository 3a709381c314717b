/** KP235x: `kilopy migrate`; KP236x: outputs for other people's systems. */
export const migrateCodes = {
  KP2350: {
    title: 'There is no Dockerfile',
    exitCode: 2,
    explanation:
      '`kilopy migrate` takes the path of a Dockerfile, or of a folder that has a `Dockerfile` or `Containerfile`. Without a path it looks into the working directory.',
    fix: 'give the path of the file',
  },
  KP2351: {
    title: 'The Dockerfile cannot be read',
    exitCode: 2,
    explanation:
      'Something in it is no instruction of a Dockerfile, stands before the first FROM, or has nothing behind it. `docker build` would refuse it, too. All faults are reported together.',
  },
  KP2352: {
    title: 'kilopy.yaml is there already',
    exitCode: 2,
    explanation:
      '`kilopy migrate` writes kilopy.yaml beside the program, and overwrites none that somebody may have edited.',
    fix: 'say --force to have it overwritten',
  },
  KP2353: {
    title: 'The Dockerfile does not say which program is started',
    exitCode: 2,
    explanation:
      'An image of kilopy starts one Python file with MicroPython. ENTRYPOINT and CMD name none, or the file that they name is not copied from the folder: it is made by a command, downloaded, or written in the Dockerfile itself.',
    fix: 'put the program into the folder, and COPY it',
  },
  KP2354: {
    title: 'The Dockerfile has no such stage',
    exitCode: 2,
    explanation:
      '`--stage` names a stage (`FROM image AS name`) or its number, counted from 0. Without it the last one is taken.',
  },
  KP2360: {
    title: 'RouterOS has no containers on this target',
    exitCode: 2,
    explanation:
      "MikroTik's package `container` exists for arm, arm64 and x86 of 64 bits. Its routers with MIPS processors have none, however small an image is. OpenWrt runs on many of them, and kilopy makes its images and packages.",
    fix: 'use OpenWrt: kilopy build --output openwrt-service',
  },
} as const;
