/** The scripts of an apk package, in the order in which apk keeps them. In a package of version 2 a dot stands in front. */
export const apkScriptNames = [
  'pre-install',
  'post-install',
  'pre-deinstall',
  'post-deinstall',
  'pre-upgrade',
  'post-upgrade',
  'trigger',
] as const;
