import type { BelowImage } from '../../emit/emit-input.ts';
import type { PackagePayload } from '../../feed/feed.ts';
import type { Context } from '../../io/context.ts';
import type { LockPackage, LockSection, LockSource } from '../../lock/lock.ts';
import type { MaintainerScriptsReport } from '../../passes/maintainer-scripts.ts';
import type { UsrMergeSettings } from '../../passes/usr-merge.ts';
import type { Spec } from '../../spec/spec.ts';
import type { Target } from '../../spec/targets.ts';
import type { Store } from '../../store/store.ts';
import type { Tree } from '../../tree/node.ts';
import type { BlobRef } from '../../values/blob.ts';
import type { Origin } from '../../values/origin.ts';
import type { Wish } from '../../values/wish.ts';
import type { Archives } from '../archives.ts';
import type { PresentPackages } from './image/present-packages.ts';

/** What differs between bases. One row of `base-feeds.ts` each. */
export interface BaseFeed {
  /** Name of the package with MicroPython; undefined where the packages that are asked for have one of somebody else. */
  readonly runtimePackage: (spec: Spec) => string | undefined;
  /** The package that a wish names, in the words of the package manager. */
  readonly wishName: (text: string) => string;
  /** Where the archives of the spec are, by the names that the lock uses. Costs no network. */
  readonly archives: (ctx: Context, spec: Spec) => Promise<Archives>;
  /** Opens the feeds of a target and chooses. Throws KP5xxx, and KP55xx when there is no solution. */
  readonly solve: (ctx: Context, store: Store, question: BaseQuestion) => Promise<BaseAnswer>;
  /** Whether what the lock says still is so, where that takes a look at the disk. Throws KP5601. Absent: nothing to look at. */
  readonly checkLocked?: (ctx: Context, store: Store, question: LockedQuestion) => Promise<void>;
  /** A path of the lock as a part of a URL. */
  readonly urlPath: (path: string) => string;
  /** The content of a fetched package, which must be the one that the lock names. */
  readonly unpack: (ctx: Context, store: Store, blob: BlobRef, locked: LockPackage) => Promise<PackagePayload>;
  /** Whether a package may take over a file of another. */
  readonly replacesRule: (packages: readonly FetchedPackage[]) => (newer: Origin, older: Origin) => boolean;
  /** What lies below the packages. Absent: nothing. */
  readonly tree?: (ctx: Context, store: Store, question: BelowQuestion) => Promise<BelowTree>;
  /** What the scripts of packages would have done, right after packages were laid. Absent: the passes do it for every base. */
  readonly prepare?: (store: Store, tree: Tree, packages: readonly FetchedPackage[]) => Promise<Tree>;
  /** Which scripts matter. Absent: judged as those of Debian and Alpine. */
  readonly judgeScripts?: (packages: readonly FetchedPackage[]) => MaintainerScriptsReport;
  /** What the package manager itself would leave behind, written after all passes. Absent: nothing. */
  readonly record?: (ctx: Context, store: Store, tree: Tree, recorded: RecordedPackages) => Promise<Tree>;
  /** How the links of a merged /usr come about. */
  readonly usrMerge: (target: Target) => UsrMergeSettings | undefined;
}

/** A section of the lock that answers the question for one target. */
export interface LockedQuestion {
  readonly spec: Spec;
  readonly target: Target;
  readonly section: LockSection;
  /** The lock, for messages. */
  readonly file: string;
}

/** What decides what lies below the packages. */
export interface BelowQuestion {
  readonly spec: Spec;
  readonly target: Target;
  readonly section: LockSection;
  readonly packages: readonly FetchedPackage[];
}

export interface BelowTree {
  readonly tree: Tree;
  /** The image that the tree is of, where its layers are kept as they are. */
  readonly image?: BelowImage | undefined;
  /** What is laid on top becomes a package of the image's own database, which says that all of it is there: it is never thinned. */
  readonly keepsPackagesWhole?: boolean | undefined;
}

export interface BaseQuestion {
  readonly spec: Spec;
  readonly target: Target;
  readonly wishes: readonly Wish[];
  readonly archives: Archives;
  /** Packages that are there already and stay as they are. */
  readonly present?: PresentPackages | undefined;
}

export interface BaseAnswer {
  readonly sources: readonly LockSource[];
  readonly packages: readonly LockPackage[];
}

/** The packages of a finished tree. */
export interface RecordedPackages {
  readonly spec: Spec;
  readonly target: Target;
  readonly packages: readonly FetchedPackage[];
}

/** A package of a target with its content. */
export interface FetchedPackage {
  readonly locked: LockPackage;
  readonly payload: PackagePayload;
}
