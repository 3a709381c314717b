import type { Board, QemuVersion } from './board.ts';

/**
 * Malta's CP0 counter under QEMU up to 8.0: 320 MHz are 3.125 ns, of which QEMU keeps 3, and the counter ticks every second one (target/mips,
 * `cp0_count_ns`). Newer ones count exactly; that was not measured, so there the kernel finds out by itself.
 */
function maltaConstants({ major }: QemuVersion): readonly string[] {
  return major < 8 ? ['malta_count_hz=166666667', 'lpj=3333330'] : [];
}

const malta = {
  debianPackage: 'qemu-system-mips',
  machine: 'malta',
  cpu: '24Kc',
  kvmHosts: [],
  extra: ['-vga', 'none'],
  networkDevice: 'pcnet',
  disk: { interface: 'ide', node: '/dev/sda' },
  console: 'ttyS0',
  append: [],
  // ENVP_ENTRY_SIZE of QEMU's hw/mips/malta.c, with the zero at its end.
  commandLineBytes: 255,
  ownKernelAppend: maltaConstants,
  memory: { defaultMiB: 32, leastMiB: 4, mostMiB: 256 },
  kernels: ['initramfs', 'disk', 'single'],
  kernelArch: 'mips',
} as const satisfies Partial<Board>;

const virtioMmio = {
  networkDevice: 'virtio-net-device',
  disk: { interface: 'none', device: 'virtio-blk-device', node: '/dev/vda' },
  // COMMAND_LINE_SIZE of the kernels: 2048 on x86 and arm64, 1024 on arm and riscv.
  commandLineBytes: 1023,
} as const satisfies Partial<Board>;

/** Every board; a new one is a row here and a fragment in device/kernel/boards. */
export const boards: readonly Board[] = [
  {
    ...malta,
    name: 'malta-be',
    target: 'linux/mips',
    description: 'MIPS 24Kc, big-endian: stands for Atheros and MikroTik routers',
    program: 'qemu-system-mips',
  },
  {
    ...malta,
    name: 'malta-le',
    target: 'linux/mipsle',
    description: 'MIPS 24Kc, little-endian: stands for MediaTek routers',
    debianKernel: { package: 'linux-image-4kc-malta', architecture: 'mipsel', modules: ['pcnet32'], memoryMiB: 64 },
    program: 'qemu-system-mipsel',
  },
  {
    ...virtioMmio,
    name: 'x86-microvm',
    target: 'linux/amd64',
    description: 'x86-64 without PCI and ACPI: the smallest virtual machine of clouds',
    program: 'qemu-system-x86_64',
    debianPackage: 'qemu-system-x86',
    machine: 'microvm,acpi=off,x-option-roms=off,isa-serial=on,rtc=on,pit=on,pic=on,auto-kernel-cmdline=on',
    cpu: 'qemu64',
    kvmHosts: ['x86_64'],
    extra: [],
    console: 'ttyS0',
    append: ['reboot=t'],
    ownKernelAppend: () => ['lpj=900000'],
    debianKernel: {
      package: 'linux-image-cloud-amd64',
      architecture: 'amd64',
      modules: ['virtio_pci', 'virtio_net'],
      memoryMiB: 128,
      // It has no CONFIG_VIRTIO_MMIO_CMDLINE_DEVICES, and with ACPI on a microvm it waits for a timer for ever.
      board: { machine: 'q35', networkDevice: 'virtio-net-pci' },
    },
    memory: { defaultMiB: 64, leastMiB: 24, mostMiB: 2048 },
    kernels: ['initramfs', 'disk'],
    kernelArch: 'x86',
  },
  {
    ...virtioMmio,
    name: 'arm64-virt',
    target: 'linux/arm64',
    description: 'ARM 64 bit: stands for Raspberry Pi 3 and later, and for clouds',
    program: 'qemu-system-aarch64',
    debianPackage: 'qemu-system-arm',
    machine: 'virt',
    cpu: 'cortex-a53',
    kvmHosts: ['aarch64'],
    extra: [],
    debianKernel: {
      package: 'linux-image-cloud-arm64',
      architecture: 'arm64',
      modules: ['virtio_mmio', 'virtio_net'],
      memoryMiB: 256,
    },
    console: 'ttyAMA0',
    append: [],
    ownKernelAppend: () => [],
    memory: { defaultMiB: 64, leastMiB: 24, mostMiB: 2048 },
    kernels: ['initramfs', 'disk'],
    kernelArch: 'arm64',
  },
  {
    ...virtioMmio,
    name: 'armv7-virt',
    target: 'linux/arm/v7',
    description: 'ARM 32 bit; needs a kernel of your own',
    program: 'qemu-system-arm',
    debianPackage: 'qemu-system-arm',
    machine: 'virt',
    cpu: 'cortex-a7',
    kvmHosts: [],
    extra: [],
    console: 'ttyAMA0',
    append: [],
    ownKernelAppend: () => [],
    memory: { defaultMiB: 64, leastMiB: 24, mostMiB: 2048 },
    kernels: [],
    kernelArch: 'arm',
  },
  {
    ...virtioMmio,
    name: 'riscv64-virt',
    target: 'linux/riscv64',
    description: 'RISC-V 64 bit; needs a kernel of your own',
    program: 'qemu-system-riscv64',
    debianPackage: 'qemu-system-misc',
    machine: 'virt',
    cpu: 'rv64',
    kvmHosts: ['riscv64'],
    extra: [],
    console: 'ttyS0',
    append: [],
    ownKernelAppend: () => [],
    memory: { defaultMiB: 128, leastMiB: 32, mostMiB: 2048 },
    kernels: [],
    kernelArch: 'riscv',
  },
];

/** The board of this name, if there is one. */
export function findBoard(name: string): Board | undefined {
  return boards.find((board) => board.name === name);
}
