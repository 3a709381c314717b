/** The runtime that `npm test` builds on. */
export const testedTarget = 'linux/amd64';

/** Runtimes that every machine builds and proves: native, soft float without MIPS, soft float and big-endian. */
export const provedTargets = ['linux/amd64', 'linux/arm/v5', 'linux/mips'] as const;

/**
 * Bytes that a runtime `small` and the image of examples/hello (layers, configuration, manifest) may have. They were set for
 * MicroPython 1.26; Debian's trixie has 1.25.
 */
export const bars: Readonly<Record<string, { readonly binary: number; readonly hello: number }>> = {
  'linux/amd64': { binary: 340_000, hello: 192_000 },
  'linux/386': { binary: 311_000, hello: 184_000 },
  'linux/arm64': { binary: 369_000, hello: 200_000 },
  'linux/arm/v7': { binary: 247_000, hello: 176_000 },
  'linux/arm/v5': { binary: 266_000, hello: 186_000 },
  'linux/riscv64': { binary: 310_000, hello: 200_000 },
  'linux/mips': { binary: 331_000, hello: 200_000 },
  'linux/mipsle': { binary: 335_000, hello: 202_000 },
};

/** The same of programs of other variants, by variant and target. */
export const variantBars: Readonly<Record<string, number>> = {
  'tls linux/amd64': 506_000,
  'tls linux/mips': 460_000,
  'tls linux/mipsle': 464_000,
  'floor linux/amd64': 268_000,
  'floor linux/mips': 247_000,
};
