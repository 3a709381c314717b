/** KP92xx: machines that boot, and their kernels. */
export const bootCodes = {
  KP9201: {
    title: 'The emulator is not installed',
    exitCode: 6,
    explanation:
      'A board such as malta-be is imitated as a whole by QEMU, and the program for its processor is missing or does not start.',
    fix: 'kilopy doctor',
  },
  KP9202: {
    title: 'This file cannot be booted on this machine',
    exitCode: 2,
    explanation:
      'Kernel and root file system are looked at before the boot: byte order and processor, drivers and file systems that the kernel has, whether it takes an initramfs, and whether the root fits into the memory. The message names what does not fit.',
  },
  KP9203: {
    title: 'The port that was chosen is taken',
    exitCode: 125,
    explanation: '`--publish HOST:GUEST` names a port of this computer on which another program listens already.',
    fix: 'choose another one, or leave it to kilopy: --publish GUEST',
  },
  KP9204: {
    title: 'The machine did not answer in time',
    exitCode: 125,
    explanation:
      'The machine was started, and nothing answered on the port that its application declares. The message says for how long, and what the console said last. An application that never listens ends like this too.',
    fix: 'look at the console with --verbose, or wait longer with --timeout SECONDS',
  },
  KP9205: {
    title: 'The kernel gave up',
    exitCode: 125,
    explanation:
      'A kernel that cannot go on prints “Kernel panic” and why. The usual reasons are recognised and explained.',
    fix: 'boot with --verbose to see all that the kernel says',
  },
  KP9206: {
    title: 'The emulator failed',
    exitCode: 125,
    explanation: 'QEMU ended by itself. Its own words are in the message.',
    fix: 'check the version with kilopy doctor',
  },
  KP9207: {
    title: 'There is no such machine',
    exitCode: 2,
    explanation: '`kilopy logs` and `kilopy stop` take the id that `kilopy run --detach` printed.',
    fix: 'kilopy machines lists what is running',
  },
  KP9208: {
    title: 'Too many words for the kernel',
    exitCode: 2,
    explanation:
      "A machine hands only so many bytes of a command line to its kernel (QEMU's malta 255, an initramfs takes 46 of them), and cuts off the rest without a word: settings at its end would be lost.",
    fix: 'leave out words of --append',
  },
  KP9210: {
    title: 'The configuration of a kernel is wrong',
    exitCode: 2,
    explanation:
      'A line of a fragment is not a setting with its reason, or a setting did not survive: the kernel of this version does not know it, or something that it depends on is switched off.',
    fix: 'correct the fragment in device/kernel',
  },
  KP9211: {
    title: 'There are no compilers for this computer',
    exitCode: 6,
    explanation: "kilopy compiles with Debian's packages, which it unpacks by itself; they run on amd64 and arm64.",
    fix: 'build on another computer',
  },
  KP9212: {
    title: 'Building from source failed',
    exitCode: 70,
    explanation:
      'Kernels and runtimes are compiled in a root file system of Debian packages. A program in it ended with an error, or one of Debian’s patches does not apply; the last words are in the message.',
    fix: 'check that there are 3 GB free in the folder for temporary files',
  },
  KP9213: {
    title: 'There is no such kernel',
    exitCode: 2,
    explanation: 'kilopy builds kernels for the boards and variants that `kilopy kernel list` shows.',
    fix: 'kilopy kernel list',
  },
  KP9214: {
    title: 'The application is too large for this form',
    exitCode: 3,
    explanation: 'The form `single` holds the application inside the kernel, in a room of 1 MiB.',
    fix: 'leave the form out with --form, or make the application smaller: kilopy size',
  },
} as const;
