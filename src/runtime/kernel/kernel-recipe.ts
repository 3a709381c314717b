import type { Board, KernelVariant } from '../../machine/qemu-system/board.ts';

/** How the kernels of one board are made; what is not here is in device/kernel. */
export interface KernelRecipe {
  /** Debian packages of the build, beside those that every kernel needs. */
  readonly packages: readonly string[];
  readonly crossPrefix: string;
  /** `make` goals, and the files that they leave, below the build folder, under the names that we give them. */
  readonly goals: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** The ELF file as a flat image, which compressed is what a flash holds. */
  readonly isFlat: boolean;
}

/** The source, and programs that the build of any kernel runs. */
export const commonPackages: readonly string[] =
  `linux-source-6.1 gcc libc6-dev make bison flex bc patch coreutils dash bash sed grep mawk findutils diffutils tar gzip xz-utils perl-base`.split(
    ' ',
  );

const recipes: Readonly<Record<Board['kernelArch'], (board: Board, hostArch: string) => KernelRecipe | undefined>> = {
  mips: ({ name }) => {
    const cpu = name === 'malta-be' ? 'mips' : 'mipsel';
    return {
      packages: [`gcc-${cpu}-linux-gnu`],
      crossPrefix: `${cpu}-linux-gnu-`,
      goals: ['vmlinux', 'vmlinuz'],
      files: { vmlinux: 'vmlinux', vmlinuz: 'vmlinuz', image: 'arch/mips/boot/compressed/vmlinux.bin.z' },
      isFlat: true,
    };
  },
  // objtool of the build reads ELF files.
  x86: (_, hostArch) => ({
    packages: ['libelf-dev', ...(hostArch === 'x64' ? [] : ['gcc-x86-64-linux-gnu'])],
    crossPrefix: hostArch === 'x64' ? '' : 'x86_64-linux-gnu-',
    goals: ['vmlinux', 'bzImage'],
    files: { vmlinux: 'vmlinux', bzImage: 'arch/x86/boot/bzImage' },
    isFlat: false,
  }),
  arm64: (_, hostArch) => ({
    packages: hostArch === 'arm64' ? [] : ['gcc-aarch64-linux-gnu'],
    crossPrefix: hostArch === 'arm64' ? '' : 'aarch64-linux-gnu-',
    goals: ['Image'],
    files: { vmlinux: 'arch/arm64/boot/Image' },
    isFlat: false,
  }),
  arm: () => undefined,
  riscv: () => undefined,
};

/** @returns undefined for boards that kilopy builds no kernel for */
export function kernelRecipe(board: Board, hostArch: string): KernelRecipe | undefined {
  return recipes[board.kernelArch](board, hostArch);
}

/** Every fact of time, user and host that a kernel would take in is fixed. */
const fixed =
  'export KBUILD_BUILD_TIMESTAMP=1970-01-01 KBUILD_BUILD_USER=kilopy KBUILD_BUILD_HOST=kilopy KBUILD_BUILD_VERSION=1';

function make(board: Board, { crossPrefix }: KernelRecipe, variant: string, words: readonly string[]): string {
  return `make -C /src O=/out/${variant} ARCH=${board.kernelArch} CROSS_COMPILE=${crossPrefix} ${words.join(' ')}`;
}

/** Unpacks and patches the source into /src, and makes `/products/VARIANT/config` of `/config/VARIANT.config`. All names in it are ours. */
export function configureScript(
  board: Board,
  recipe: KernelRecipe,
  variants: readonly KernelVariant[],
  patches: readonly string[],
): string {
  return lines([
    // What Debian's alternatives would set up after the installation.
    'ln -sf mawk /usr/bin/awk',
    'ln -sf xz /usr/bin/lzma',
    'mkdir -p /src',
    'tar -xJf /usr/src/linux-source-6.1.tar.xz -C /src --strip-components=1',
    ...patches.map((path) => `patch -s -d /src -p1 < /config/${path}`),
    ...variants.flatMap((variant) => [
      `mkdir -p /out/${variant} /products/${variant}`,
      `cp /config/room.cpio /out/${variant}/`,
      `KCONFIG_ALLCONFIG=/config/${variant}.config ${make(board, recipe, variant, ['-s', 'allnoconfig'])}`,
      `cp /out/${variant}/.config /products/${variant}/config`,
    ]),
  ]);
}

/** Compiles what was configured, one variant after the other, into `/products/VARIANT`. */
export function compileScript(board: Board, recipe: KernelRecipe, variants: readonly KernelVariant[]): string {
  return lines(
    variants.flatMap((variant) => [
      make(board, recipe, variant, ['-j$(nproc)', ...recipe.goals]),
      `cp /out/${variant}/vmlinux.map /products/${variant}/map`,
      `make -s -C /src O=/out/${variant} ARCH=${board.kernelArch} kernelrelease > /products/${variant}/release`,
      ...Object.entries(recipe.files).map(([name, path]) => `cp /out/${variant}/${path} /products/${variant}/${name}`),
      ...(recipe.isFlat ? flatten(recipe, variant) : []),
      `rm -rf /out/${variant}`,
    ]),
  );
}

function lines(commands: readonly string[]): string {
  return ['set -e', fixed, ...commands, ''].join('\n');
}

/** What U-Boot unpacks. The parameters of LZMA are those of OpenWrt: they suit code of four bytes an instruction. */
function flatten({ crossPrefix }: KernelRecipe, variant: string): readonly string[] {
  const at = `/products/${variant}`;
  return [
    `${crossPrefix}strip -s ${at}/vmlinux`,
    `${crossPrefix}objcopy -O binary -R .note -R .comment -S ${at}/vmlinux ${at}/bin`,
    `xz --format=lzma --lzma1=preset=9e,dict=8MiB,lc=1,lp=2,pb=2 -c ${at}/bin > ${at}/bin.lzma`,
    `gzip -9nc ${at}/bin > ${at}/bin.gz`,
  ];
}
