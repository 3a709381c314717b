import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { hostTarget } from '../spec/host-target.ts';
import type { TargetName } from '../spec/targets.ts';

/** What the kernel of each machine name (uname(2)) executes without help. */
const nativeTargets: readonly (readonly [RegExp, readonly TargetName[]])[] = [
  [/^x86_64$/, ['linux/amd64', 'linux/386']],
  [/^i[3-6]86$/, ['linux/386']],
  [/^aarch64$/, ['linux/arm64']],
  [/^armv[78]l$/, ['linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']],
  [/^armv6l$/, ['linux/arm/v6', 'linux/arm/v5']],
  [/^armv5/, ['linux/arm/v5']],
  [/^riscv64$/, ['linux/riscv64']],
  [/^ppc64le$/, ['linux/ppc64le']],
  [/^s390x$/, ['linux/s390x']],
];

/** Exists where an x86-64 kernel was built with CONFIG_IA32_EMULATION (arch/x86/entry/vdso/vdso32-setup.c). */
const switchOf386 = '/proc/sys/abi/vsyscall32';

export interface HostArchitecture {
  /** As `uname -m` says it. */
  readonly name: string;
  readonly runs: readonly TargetName[];
}

/** Asks the kernel for its machine name; what this process itself is runs in any case. */
export async function hostArchitecture(ctx: Context): Promise<HostArchitecture> {
  const name = await machineName(ctx);
  const known = nativeTargets.find(([pattern]) => pattern.test(name))?.[1] ?? [];
  const own = hostTarget(ctx.host)?.name;
  const runs = own === undefined || known.includes(own) ? known : [...known, own];
  const lacks386 = name === 'x86_64' && !(await ctx.fs.exists(switchOf386));
  return { name, runs: lacks386 ? runs.filter((target) => target !== 'linux/386') : runs };
}

/** `''` on a machine so bare that it has no uname: then only this process itself says what runs. */
async function machineName(ctx: Context): Promise<string> {
  try {
    const { stdout } = await ctx.tools.run('uname', ['-m']);
    return Buffer.from(stdout).toString('utf8').trim();
  } catch (error) {
    if (error instanceof KilopyError && error.code === 'KP1003') return '';
    throw error;
  }
}
