/** KP21xx: apko.yaml and the commands below `kilopy apko`. */
export const apkoCodes = {
  KP2101: {
    title: 'Unknown key in apko.yaml',
    exitCode: 2,
    explanation:
      'apko.yaml has a key that apko does not know either. Unknown keys are refused instead of ignored, because a misspelled key would otherwise change nothing and nobody would notice.',
    fix: 'docs/apko.md lists the keys',
  },
  KP2102: {
    title: 'A value in apko.yaml is not right',
    exitCode: 2,
    explanation: 'A value in apko.yaml is not of the kind that belongs there, or contradicts another one.',
    fix: 'correct the line that the message names',
  },
  KP2103: {
    title: 'Unknown architecture',
    exitCode: 2,
    explanation:
      'apko builds for 386, amd64, arm/v6, arm/v7, arm64, loong64, ppc64le, riscv64 and s390x; apk’s own names, `host` and `all` are understood too.',
    fix: 'write one of these names',
  },
  KP2104: {
    title: 'A command cannot be split into words',
    exitCode: 2,
    explanation:
      'entrypoint.command and cmd are split as a shell would, without running one; quotes have to be closed.',
    fix: 'close the quotes, or use entrypoint.shell-fragment',
  },
  KP2105: {
    title: 'A file of the apko configuration is not there',
    exitCode: 2,
    explanation:
      'apko.yaml, a file that it includes or a key was looked for in the working directory (--workdir) and in the folders of --include-paths.',
    fix: 'correct the path, or give --include-paths',
  },
  KP2106: {
    title: 'An include in a circle',
    exitCode: 2,
    explanation: 'A configuration includes itself, directly or through others; merging them would never end.',
    fix: 'remove one of the include lines',
  },
  KP2107: {
    title: 'Not built by kilopy apko',
    exitCode: 2,
    explanation: 'apko can do this and kilopy does not. docs/apko.md says what stands in its place.',
    fix: 'use what the message offers instead',
  },
  KP2108: {
    title: 'The lock file does not fit',
    exitCode: 2,
    explanation: 'The lock file was made for another configuration, lacks an architecture, or cannot be read.',
    fix: 'make it anew: kilopy apko lock apko.yaml',
  },
  KP2109: {
    title: 'Packages fight over a file',
    exitCode: 7,
    explanation:
      'Two packages bring different files under the same path, neither replaces the other, and they do not come from the same source package.',
    fix: 'leave one of the two packages out',
  },
  KP2110: {
    title: 'A path of the configuration cannot be made',
    exitCode: 2,
    explanation:
      'An entry of `paths` or an account wants a path where something else stands, or changes something that is not there.',
    fix: 'correct the entry that the message names',
  },
} as const;
