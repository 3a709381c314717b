/** KP2xxx: kilopy.yaml, targets, bases. */
export const specCodes = {
  KP2001: {
    title: 'kilopy.yaml is not valid YAML',
    exitCode: 2,
    explanation:
      'The file could not be read as YAML 1.2 in UTF-8. The place in the message is where the reader gave up; the cause is often one line above: a missing colon, a quote that is not closed, or a tab in the indentation (YAML allows spaces only).',
    fix: 'correct the line; docs/kilopy-yaml.md has an example of every key',
  },
  KP2002: {
    title: 'Unknown key',
    exitCode: 2,
    explanation:
      'kilopy.yaml has a key that kilopy does not know. Unknown keys are refused instead of ignored, because a misspelled key would otherwise change nothing and nobody would notice.',
    fix: 'docs/kilopy-yaml.md lists the keys',
  },
  KP2003: {
    title: 'A value has the wrong form',
    exitCode: 2,
    explanation: 'A value in kilopy.yaml or of an option is not of the kind that belongs there.',
    fix: 'docs/kilopy-yaml.md shows an example of each key',
  },
  KP2004: {
    title: 'Unknown target',
    exitCode: 2,
    explanation:
      'A target is the machine family to build for, such as `linux/amd64` or `linux/arm/v7`. The name given is none that kilopy knows, nor another name for one.',
    fix: 'kilopy targets lists them',
  },
  KP2005: {
    title: 'A target name with two meanings',
    exitCode: 2,
    explanation:
      'The name means different machines to different people: `armhf` is ARMv7 in Debian and ARMv6 in Alpine, and a big-endian image does not start on a little-endian router. kilopy asks instead of guessing.',
    fix: 'write one of the names in the message',
  },
  KP2006: {
    title: 'Unknown base',
    exitCode: 2,
    explanation:
      'The base is where the MicroPython runtime and the files around it come from: `debian`, `static`, `alpine`, `wolfi`, `openwrt`, or an image.',
    fix: 'write `base: debian`, or leave the key out',
  },
  KP2007: {
    title: 'Not in this version',
    exitCode: 2,
    explanation: 'The name is right, and this version of kilopy cannot do it yet.',
    fix: 'use what the message offers instead',
  },
  KP2008: {
    title: 'The base does not have this target',
    exitCode: 2,
    explanation:
      'Each base is made for some machine families only: Debian has no MIPS any more, for example. No package of the base would start on that machine.',
    fix: 'kilopy targets shows which base has which target',
  },
  KP2009: {
    title: 'Unknown output',
    exitCode: 2,
    explanation: 'The outputs are `oci`, `oci-dir`, `tar`, `tar.gz`, `dir` and `bin`.',
    fix: 'write one of these names',
  },
  KP2010: {
    title: 'A key is given twice',
    exitCode: 2,
    explanation: 'The same key stands twice in one mapping of kilopy.yaml, so that one of the values would be lost.',
    fix: 'remove one of the two, or join their values',
  },
  KP2011: {
    title: 'Keys that exclude each other',
    exitCode: 2,
    explanation:
      'Two keys of one entry say different things: an entry of `files` comes from exactly one of `source`, `content`, `symlink` and `directory`, for example.',
    fix: 'keep one of the keys',
  },
  KP2012: {
    title: 'No such folder',
    exitCode: 2,
    explanation: 'kilopy builds from a folder with a main.py in it. The path given does not exist or is not a folder.',
    fix: 'give the folder that holds main.py, or run kilopy inside it',
  },
  KP2013: {
    title: 'A configuration file with another name',
    exitCode: 2,
    explanation:
      'The folder has a file that looks like the configuration and is not called `kilopy.yaml`. It would be ignored in silence otherwise.',
    fix: 'rename it to kilopy.yaml',
  },
  KP2014: {
    title: 'The base has no MicroPython',
    exitCode: 2,
    explanation:
      'The image that is the base has no program that can run the application, and no package that brings one is asked for.',
    fix: 'add packages: [micropython], which the distribution of the image brings, or take an image that has MicroPython',
  },
  KP2015: {
    title: 'Where packages for an image come from is not known',
    exitCode: 2,
    explanation:
      'Packages that are put on an image come from the distribution that the image is of: its package database (dpkg, apk or opkg) and its os-release say which. This image has none, or one of a distribution whose packages kilopy does not know.',
    fix: 'name the distribution beside the image: base: {image: REFERENCE, debian: {suite: trixie}}',
  },
} as const;
