import { whole } from './extent.ts';

/** The runtime that `npm test` builds on. */
export const testedTarget = 'linux/amd64';

/** Runtimes `small` that every machine builds and proves: native, soft float without MIPS, soft float and big-endian. */
export const provedTargets = ['linux/amd64', 'linux/arm/v5', 'linux/mips'] as const;

interface RuntimeBar {
  readonly target: string;
  readonly variant: 'small' | 'tls' | 'floor' | 'full';
  /** Bytes that its file may have; undefined where nobody has set any. */
  readonly binary?: number;
}

/** Other variants that CI has too, and those that a run by hand compiles. Bars were set for MicroPython 1.26; Debian's trixie has 1.25. */
export const furtherRuntimes: readonly RuntimeBar[] = [
  { target: 'linux/amd64', variant: 'tls', binary: 506_000 },
  ...(whole
    ? ([
        { target: 'linux/mips', variant: 'tls', binary: 460_000 },
        { target: 'linux/mipsle', variant: 'tls', binary: 464_000 },
        { target: 'linux/amd64', variant: 'floor', binary: 268_000 },
        { target: 'linux/mips', variant: 'floor', binary: 247_000 },
        { target: 'linux/amd64', variant: 'full' },
        { target: 'linux/mips', variant: 'full' },
        { target: 'linux/mipsle', variant: 'full' },
        { target: 'linux/arm/v5', variant: 'full' },
      ] as const)
    : []),
];

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

/** Targets whose MicroPython for base alpine the prove run has, and bytes that the image of examples/hello may have with it. */
export const alpineBars: Readonly<Record<string, number>> = { 'linux/amd64': 750_000 };
