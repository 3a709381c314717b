/** KP12xx: sizes, reasons, comparisons and budgets. */
export const reportCodes = {
  KP1201: {
    title: 'Over budget',
    exitCode: 3,
    explanation:
      '`budget:` in kilopy.yaml, or `--budget`, sets how large an output may be: for images what a registry sends (layers, configurations, manifests and index), for files their size. This build would be larger. It has written no output; older outputs stay as they are.',
    fix: 'take one of the ways back that the message names, or raise the budget; kilopy size shows where the bytes are',
  },
  KP1202: {
    title: 'Neither a path nor a package of the image',
    exitCode: 2,
    explanation:
      '`kilopy why` was asked for something that is not in the image and was not left out of it either. Paths are those inside the image, packages those of its base.',
    fix: 'kilopy size --by file lists every path, kilopy size every package',
  },
  KP1203: {
    title: 'Not an image that can be looked at',
    exitCode: 2,
    explanation:
      '`kilopy inspect`, `size` and `diff` read OCI layouts (archive or folder), archives of `docker save`, root file systems (tar, also compressed, or a folder) and Debian packages.',
  },
  KP1204: {
    title: 'A budget that cannot be understood',
    exitCode: 2,
    explanation:
      'A budget is a size for an output: bytes (2200000), decimal units (300k, 2.2M, 1G) or binary ones (300KiB, 2MiB, 1GiB).',
    fix: 'write, for instance, --budget oci=2.2M',
  },
  KP1205: {
    title: 'A route that kilopy compare does not know',
    exitCode: 2,
    explanation:
      '`--given` hands an image of another route to `kilopy compare`: micropython/unix, distroless, alpine, apko or openwrt. Routes of kilopy itself are built, not given.',
  },
  KP1206: {
    title: 'An ending that kilopy compare does not write',
    exitCode: 2,
    explanation: '`--out` writes .html (one page without anything from elsewhere), .md (a table) or .json.',
    fix: 'write --out compare.html',
  },
} as const;
