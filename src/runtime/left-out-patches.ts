/** Debian's patches to sources that are not applied here, because they suit Debian's own way to build and not this one. */
export const leftOutPatches: readonly {
  readonly source: string;
  /** Without the number before it, which changes from version to version. */
  readonly patch: string;
  readonly reason: string;
}[] = [
  {
    source: 'micropython',
    patch: 'extmod-Use-system-mbedtls.patch',
    reason:
      'Debian links against its shared mbedTLS; a static program has its own, from the same source package as Debian’s',
  },
  {
    source: 'micropython',
    patch: 'py-py.mk-Use-fixed-mpversion.patch',
    reason: 'a script of Debian’s packaging writes the version; here the recipe gives it (MICROPY_GIT_TAG)',
  },
];
