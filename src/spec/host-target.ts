import { targets, type Target, type TargetName } from './targets.ts';

/** What is known of the machine that kilopy runs on, in Node's words. */
export interface HostFacts {
  /** The architecture that Node was built for: `x64`, `arm`, ... */
  readonly arch: string;
  readonly byteOrder: 'little' | 'big';
  /** Version of the ARM architecture that Node was built for (`arm_version` of its build configuration): `6`, `7`, or `8` for a 32-bit Node on a 64-bit machine. */
  readonly armVersion?: string | undefined;
}

/** The target of this machine, or undefined where kilopy has none. */
export function hostTarget(facts: HostFacts): Target | undefined {
  const name = targetName(facts);
  return targets.find((target) => target.name === name && target.elf.byteOrder === facts.byteOrder);
}

function targetName({ arch, byteOrder, armVersion }: HostFacts): TargetName | undefined {
  switch (arch) {
    case 'x64':
      return 'linux/amd64';
    case 'ia32':
      return 'linux/386';
    case 'arm64':
      return 'linux/arm64';
    case 'arm':
      if (armVersion === '5') return 'linux/arm/v5';
      return armVersion === '6' ? 'linux/arm/v6' : 'linux/arm/v7';
    case 'riscv64':
      return 'linux/riscv64';
    case 'ppc64':
      return byteOrder === 'little' ? 'linux/ppc64le' : undefined;
    case 's390x':
      return 'linux/s390x';
    case 'mips':
      return 'linux/mips';
    case 'mipsel':
      return 'linux/mipsle';
    default:
      return undefined;
  }
}
