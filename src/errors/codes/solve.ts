/** KP55xx: the solver and the lock. */
export const solveCodes = {
  KP5501: {
    title: 'A package cannot be asked for like this',
    exitCode: 2,
    explanation:
      'Packages are written as for apt: `name`, `name=version`, `name (>= version)`, `name:arch` or `name/suite`; for Alpine and Wolfi as for apk: `name`, `name=version`, `name>=version`, `name~prefix`, `name@tag` or `!name`. The architecture is that of the target.',
    fix: 'write the name of the package, with a version after = where it matters',
  },
  KP5502: {
    title: 'There is no such package',
    exitCode: 7,
    explanation:
      'No feed of this build has a package of that name. Names are those of the base: what is `libffi8` in Debian may be called otherwise in Alpine or OpenWrt.',
    fix: 'check the name, and that the feed which has the package is named',
  },
  KP5503: {
    title: 'A dependency cannot be satisfied',
    exitCode: 7,
    explanation:
      'A package, or one that it depends on, needs something that none of the feeds has: another version, or a package that is not there. The message follows the chain from what was asked for down to what is missing.',
    fix: 'ask for another version, or add the feed that has what is missing',
  },
  KP5504: {
    title: 'Packages exclude each other',
    exitCode: 7,
    explanation:
      'Two packages that are both needed declare that they cannot be installed together. The message names both, and why each of them is needed.',
    fix: 'leave out one of the two',
  },
  KP5601: {
    title: 'The lock is for something else',
    exitCode: 2,
    explanation:
      'kilopy.lock holds what was resolved for other packages or settings than are asked for now. kilopy does not change a lock unasked, so that an image never changes by accident.',
    fix: 'kilopy build --update-lock resolves anew and shows what changes',
  },
  KP5602: {
    title: 'Nothing is locked for this build',
    exitCode: 2,
    explanation:
      '`--locked` builds only from kilopy.lock, and the file is absent or has no section for this base, release and target.',
    fix: 'build once without --locked, and commit kilopy.lock',
  },
  KP5603: {
    title: 'kilopy.lock is damaged',
    exitCode: 5,
    explanation:
      'kilopy.lock is not what kilopy writes: it is not JSON, or a value in it has the wrong form. It decides which bytes go into an image, so nothing in it is guessed.',
    fix: 'take the file back from version control, or delete it and build again',
  },
  KP5604: {
    title: 'kilopy.lock has a merge conflict',
    exitCode: 5,
    explanation:
      'A merge in version control left both versions of kilopy.lock in the file. There is no need to join them by hand.',
    fix: 'keep either side (git checkout --theirs kilopy.lock), then kilopy build --update-lock',
  },
  KP5605: {
    title: 'kilopy.lock is from a newer kilopy',
    exitCode: 2,
    explanation: 'A newer kilopy wrote this lock in a form that this one does not know.',
    fix: 'update kilopy, or delete kilopy.lock and build again',
  },
  KP5606: {
    title: 'kilopy.lock would change and cannot be written',
    exitCode: 2,
    explanation:
      'The folder is read-only, and what was resolved is not what its kilopy.lock says (or it has none). A lock in a read-only folder is used as it is.',
    fix: 'make the folder writable, or build from a copy of it',
  },
} as const;
