import type { CompilerFacts } from './check-compiler.ts';

/** The compiler of this computer that somebody has asked for, in the place of Debian's. */
export type OwnToolchain = GccToolchain | ZigToolchain;

export interface GccToolchain extends CompilerFacts, Shown {
  readonly name: 'gcc';
  /** Absolute path before the names of its programs, such as `/opt/cross/bin/mips-linux-muslsf-`. */
  readonly prefix: string;
}

export interface ZigToolchain extends CompilerFacts, Shown {
  readonly name: 'zig';
  /** Absolute path of the program itself. */
  readonly program: string;
  /** Absolute path of its library: sources of its compiler-rt, headers. */
  readonly library: string;
  /** Programs of `device/zig`, by path below /toolchain. */
  readonly shims: ReadonlyMap<string, string>;
  /** Scripts of `device/zig` in the place of those of `device/musl` with that name. */
  readonly scripts: ReadonlyMap<string, string>;
}

interface Shown {
  /** Folders of this computer that the build has to see. */
  readonly folders: readonly string[];
}
