import { apkVersionRules } from '../feed/apk/version.ts';
import { debVersionRules } from '../feed/deb/version.ts';
import { opkgVersionRules } from '../feed/opkg/version.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import { nearest } from '../errors/nearest.ts';
import type { Context } from '../io/context.ts';
import { explanationError } from '../solve/explain.ts';
import type { FeedKind, Solution, VersionRules, Wish } from '../solve/problem.ts';
import type { OpkgFiles, OpkgPackage } from '../solve/opkg/opkg-package.ts';
import { formatReason } from '../lock/lock-packages.ts';
import { openStore, type Store } from '../store/store.ts';

/** Feeds as the command line names them. */
export interface FeedQuery {
  readonly kind: FeedKind;
  readonly feeds: readonly string[];
  /** The package manager's own name of the architecture. */
  readonly architecture: string;
  readonly suite?: string | undefined;
  readonly components?: readonly string[] | undefined;
  readonly keys?: readonly string[] | undefined;
  readonly allowUntrusted: boolean;
  readonly allowExpired: boolean;
  readonly offline: boolean;
  /** apk: leaves out wishes that cannot be met. */
  readonly forceBrokenWorld: boolean;
  /** opkg: answers as the real one does, its errors and what is installed by then included. */
  readonly compat?: 'opkg' | undefined;
}

/** One answer: the packages in install order, or why there are none; of `--compat opkg` perhaps both. */
export interface FeedAnswer {
  readonly world: readonly string[];
  /** `name=version`. */
  readonly install?: readonly string[];
  readonly reasons?: readonly string[];
  readonly error?: KilopyError;
}

export type FeedSolver = (world: readonly string[]) => Promise<FeedAnswer>;

/** Opens the feeds once, and then answers any number of questions. */
export async function openFeedSolver(ctx: Context, query: FeedQuery): Promise<FeedSolver> {
  const store = await openStore(ctx, undefined, { offline: query.offline });
  const open = { deb: openDeb, apk: openApk, opkg: openOpkg }[query.kind];
  const solve = await open(ctx, store, query);
  return async (world) => answer(world, await solve(world.map((text) => ({ text }))));
}

type Solve = (wishes: readonly Wish[]) => Solution | Promise<Solution>;

async function openDeb(ctx: Context, store: Store, query: FeedQuery): Promise<Solve> {
  const { openLocalDebFeeds } = await import('../feed/deb/local.ts');
  const { solveDeb } = await import('../solve/deb/solve-deb.ts');
  const { architecture, feeds, suite, components, keys, allowUntrusted, allowExpired } = query;
  const locals = feeds.map((feed) => ({ feed, suite, components, keys, allowUntrusted, allowExpired }));
  const { universe } = await openLocalDebFeeds(ctx, store, locals, architecture);
  return (wishes) => solveDeb({ universe, wishes, rules: debVersionRules, architecture });
}

async function openApk(ctx: Context, store: Store, query: FeedQuery): Promise<Solve> {
  const { openLocalApkFeeds } = await import('../feed/apk/local.ts');
  const { solveApk } = await import('../solve/apk/solve-apk.ts');
  const { architecture, forceBrokenWorld } = query;
  const universe = await openLocalApkFeeds(ctx, store, query, architecture);
  return (wishes) => {
    // In a line of a batch the option of `apk add` stands among the words.
    const names = wishes.filter(({ text }) => text !== '--force-broken-world');
    const dropBrokenWishes = forceBrokenWorld || names.length < wishes.length;
    return solveApk({ universe, wishes: names, rules: apkVersionRules, architecture, dropBrokenWishes });
  };
}

async function openOpkg(ctx: Context, store: Store, query: FeedQuery): Promise<Solve> {
  const { openLocalOpkgFeeds } = await import('../feed/opkg/local.ts');
  const { solveOpkg } = await import('../solve/opkg/solve-opkg.ts');
  const { solveOpkgCompat } = await import('../solve/opkg/solve-compat.ts');
  const { universe, filesOf } = await openLocalOpkgFeeds(ctx, store, query, query.architecture);
  const known = new Map<OpkgPackage, OpkgFiles | undefined>();
  const strategy = query.compat === 'opkg' ? solveOpkgCompat : solveOpkg;
  return async (wishes) => {
    // Which files are of interest shows when packages are chosen; with them the choice is made once more.
    for (;;) {
      const wanted = new Set<OpkgPackage>();
      const solution = strategy({
        universe,
        wishes,
        rules: opkgVersionRules,
        filesOf(pkg) {
          if (!known.has(pkg)) wanted.add(pkg);
          return known.get(pkg);
        },
      });
      if (wanted.size === 0) return solution;
      for (const pkg of wanted) known.set(pkg, await filesOf(pkg));
    }
  };
}

function answer(world: readonly string[], solution: Solution): FeedAnswer {
  const error = solution.ok ? undefined : explanationError(solution.explanation);
  const steps = (solution.ok ? solution.plan : solution.partial)?.steps;
  if (steps === undefined) return { world, ...(error === undefined ? {} : { error }) };
  return {
    world,
    ...(error === undefined ? {} : { error }),
    install: steps.map(({ package: { name, version } }) => `${name}=${version}`),
    reasons: steps.map(({ reason }) => formatReason(reason)),
  };
}

/** The version order of a package manager. */
export function versionRules(kind: FeedKind): VersionRules {
  return { deb: debVersionRules, apk: apkVersionRules, opkg: opkgVersionRules }[kind];
}

const kinds: readonly FeedKind[] = ['deb', 'apk', 'opkg'];

/** The kind of feed that a word means. Throws KP1001. */
export function parseFeedKind(text: string | undefined): FeedKind {
  const kind = kinds.find((name) => name === text);
  if (kind !== undefined) return kind;
  const [near] = nearest(text ?? '', kinds, 1);
  throw new KilopyError('KP1001', text === undefined ? 'which kind of feed?' : `there is no kind of feed ${text}`, {
    fix: near === undefined ? `write --kind with one of ${kinds.join(', ')}` : `did you mean --kind ${near}?`,
  });
}
