import { apkVersionRules } from '../feed/apk/version.ts';
import { debVersionRules } from '../feed/deb/version.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import { nearest } from '../errors/nearest.ts';
import type { Context } from '../io/context.ts';
import { explanationError } from '../solve/explain.ts';
import type { FeedKind, Solution, VersionRules, Wish } from '../solve/problem.ts';
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
}

/** One answer: the packages in install order, or why there are none. */
export interface FeedAnswer {
  readonly world: readonly string[];
  /** `name=version`. */
  readonly install?: readonly string[];
  readonly reasons?: readonly string[];
  readonly error?: KilopyError;
}

export type FeedSolver = (world: readonly string[]) => FeedAnswer;

/** Opens the feeds once, and then answers any number of questions. */
export async function openFeedSolver(ctx: Context, query: FeedQuery): Promise<FeedSolver> {
  requireKind(query.kind);
  const store = await openStore(ctx, undefined, { offline: query.offline });
  const solve = await (query.kind === 'apk' ? openApk(ctx, store, query) : openDeb(ctx, store, query));
  return (world) => answer(world, solve(world.map((text) => ({ text }))));
}

type Solve = (wishes: readonly Wish[]) => Solution;

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

function answer(world: readonly string[], solution: Solution): FeedAnswer {
  if (!solution.ok) return { world, error: explanationError(solution.explanation) };
  const { steps } = solution.plan;
  return {
    world,
    install: steps.map(({ package: { name, version } }) => `${name}=${version}`),
    reasons: steps.map(({ reason }) => formatReason(reason)),
  };
}

/** The version order of a package manager. Throws KP1001 for one that this kilopy does not know. */
export function versionRules(kind: FeedKind): VersionRules {
  requireKind(kind);
  return kind === 'apk' ? apkVersionRules : debVersionRules;
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

function requireKind(kind: FeedKind): void {
  if (kind !== 'opkg') return;
  throw new KilopyError('KP1001', `this version of kilopy does not read ${kind} feeds`, {
    why: 'deb and apk are the kinds that it knows',
    fix: 'use --kind deb or --kind apk',
  });
}
