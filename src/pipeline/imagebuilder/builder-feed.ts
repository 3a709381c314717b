import type { Context } from '../../io/context.ts';
import type { OpenwrtApk } from '../../passes/openwrt/prepare.ts';
import type { InstalledPackage } from '../../passes/openwrt/installed-package.ts';
import type { Plan, Solution, SolvePackage } from '../../solve/problem.ts';
import type { Store } from '../../store/store.ts';
import type { Tree } from '../../tree/node.ts';

/** The feeds of a target, whichever package manager they are for: opkg up to 24.10, apk from 25.12 on. */
export interface BuilderFeed {
  readonly manager: 'opkg' | 'apk';
  /** Whether packages have the name or provide it. */
  has(name: string): boolean;
  /** Names that packages have or provide and that look like this one, nearest first. */
  near(name: string): readonly string[];
  /**
   * A name of a request as the package manager wants it: apk is given `libubox20240329` for `libubox`, as ImageBuilder
   * does by the tag `openwrt:abiversion`; versions of an ImageBuilder's own packages are pinned.
   */
  wish(name: string): string;
  solve(wishes: readonly string[]): Solution;
  /** The suffix of a name that stands for its binary interface; undefined where there is none. */
  abiVersion(pkg: SolvePackage): string | undefined;
  /** Packages of a plan with their content, in install order, and the files of all of them. */
  install(ctx: Context, store: Store, plan: Plan, named: readonly string[]): Promise<InstalledRoot>;
  /** What packages depend on whose name matches a pattern, as text; undefined where there are none. */
  depends(pattern: string): readonly string[] | undefined;
  /** Names of packages that depend on those that match, or on what these provide; undefined where nothing matches. */
  whatDepends(pattern: string): readonly string[] | undefined;
}

export interface InstalledRoot {
  readonly packages: readonly InstalledPackage[];
  readonly tree: Tree;
  /** What apk writes down of them, but for keys. */
  readonly apk?: Omit<OpenwrtApk, 'keys'> | undefined;
}
