import type { Context } from '../io/context.ts';
import type { Target } from '../spec/targets.ts';
import type { BuildFacts } from './build-facts.ts';
import type { CompilerFacts } from './toolchain/check-compiler.ts';

/** A compiler, usually of Debian, that makes programs for a target on this computer. */
export interface Compiler {
  /** Debian packages that it comes with, and what its scripts run. */
  readonly packages: readonly string[];
  /** Before the names of its programs; empty for this computer's own. */
  readonly prefix: string;
  /** One of this computer in the place of Debian's, when somebody has asked for it. */
  readonly own?: CompilerFacts;
  /** Variables of the scripts that this compiler alone asks for. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** What the scripts run beside compilers. */
export const commonPackages: readonly string[] =
  'gcc libc6-dev make coreutils dash bash sed grep mawk findutils diffutils tar gzip bzip2 xz-utils patch python3'.split(
    ' ',
  );

/** Debian's suite that sources are taken from. */
export const sourceSuite = 'trixie';

export function compilerOf(ctx: Context, target: Target, facts: BuildFacts): Compiler {
  const native = isNative(ctx, target);
  return {
    packages: [
      ...commonPackages,
      ...(native ? [] : [facts.compiler]),
      ...(facts.softFlags === undefined ? [] : ['glibc-source']),
    ],
    prefix: native ? '' : `${target.gnuTriplet}-`,
  };
}

function isNative({ host }: Context, { name }: Target): boolean {
  return (name === 'linux/amd64' && host.arch === 'x64') || (name === 'linux/arm64' && host.arch === 'arm64');
}

/** The variables of the scripts that are the same for everything that is compiled for a target. */
export function compilerVariables(target: Target, facts: BuildFacts, { prefix, variables }: Compiler): string {
  const values = {
    CROSS: prefix,
    TRIPLET: target.gnuTriplet,
    MULTIARCH: target.multiarch,
    MUSL_TARGET: facts.muslTarget,
    ARCH_FLAGS: facts.archFlags,
    PY_FLAGS: facts.pythonFlags,
    SOFT_FLAGS: facts.softFlags ?? '',
    PAGE_SIZE: String(facts.pageBytes),
    SOURCE_DATE_EPOCH: '0',
    ...variables,
  };
  return Object.entries(values)
    .map(([name, value]) => `export ${name}='${value}'\n`)
    .join('');
}
