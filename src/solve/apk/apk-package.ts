import type { SolvePackage } from '../problem.ts';

/** `[!]name[OPERATOR version]` (apk-package(5), "Dependencies"). */
export interface ApkDependency {
  readonly name: string;
  /** A mix of `<`, `>`, `=` and `~`, or `><` before a checksum; `''` accepts every version. */
  readonly operator: string;
  /** `''` without an operator. */
  readonly version: string;
  /** `!name`: what matches must not be there. */
  readonly negative: boolean;
}

/** The fields of a package that decide an installation (apk-package(5)). */
export interface ApkPackage extends SolvePackage {
  readonly depends: readonly ApkDependency[];
  /** Names that it stands for. With a version (`=`) it is their only owner. */
  readonly provides: readonly ApkDependency[];
  /** When all of these hold, it comes by itself. Empty: never. */
  readonly installIf: readonly ApkDependency[];
  /** Among packages that provide a name without version, the highest is taken; without one (0) none is. */
  readonly providerPriority: number;
  readonly installedSizeBytes: number;
  /** Source package, `''` when the index does not say. */
  readonly origin: string;
  /** The first 40 hexadecimal digits of its checksum: packages of several repositories with the same one are one. */
  readonly identity: string;
  /** Why apk refuses to install it, whatever the world says. */
  readonly unusable?: string | undefined;
  /** The order in which its record mentions names: `P` name, `D` depends, `p` provides, `i` install_if. Default `PDpi`. */
  readonly mentions?: string | undefined;
}

/** One index, in the order of /etc/apk/repositories. */
export interface ApkRepository {
  /** `testing` for `@testing URL`: only for wishes with this tag and what they need. */
  readonly tag?: string | undefined;
  readonly packages: readonly ApkPackage[];
}
