import type { RootPlan } from '../build-in-root.ts';
import type { Compiler } from '../compiler.ts';

/** The compiler that something was made with, for people and for locks. */
export interface ToolchainFacts {
  /** `debian`, or `host` for one of this computer that was asked for. */
  readonly from: 'debian' | 'host';
  /** Debian's package, such as `gcc-12-mips-linux-gnu`; of this computer its kind and what it compiles for: `gcc-x86_64-linux-gnu`. */
  readonly name: string;
  readonly version: string;
  /** Of the package, or of the compiler's file, hexadecimal. */
  readonly sha256: string;
}

/** @returns undefined when the plan has no compiler with a version of its own */
export function toolchainOf({ own, packages }: Compiler, plan: RootPlan): ToolchainFacts | undefined {
  if (own !== undefined)
    return { from: 'host', name: `${own.name}-${own.machine}`, version: own.version, sha256: own.sha256 };
  // `gcc-mips-linux-gnu` is a name for the newest; `gcc-12-mips-linux-gnu` is the compiler.
  const wanted = packages.find((name) => /^gcc-.+-linux-/.test(name))?.slice('gcc'.length) ?? '';
  const found = plan.packages.find(
    ({ name }) =>
      /^gcc-\d+(?:-.+-linux-.+)?$/.test(name) && name.endsWith(wanted) && (wanted !== '' || !name.includes('linux')),
  );
  return found === undefined
    ? undefined
    : { from: 'debian', name: found.name, version: found.version, sha256: found.sha256 };
}
