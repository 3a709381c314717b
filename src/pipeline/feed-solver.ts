import { debVersionRules } from '../feed/deb/version.ts';
import { openLocalDebFeeds } from '../feed/deb/local.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import { nearest } from '../errors/nearest.ts';
import type { Context } from '../io/context.ts';
import { explanationError } from '../solve/explain.ts';
import { solveDeb } from '../solve/deb/solve-deb.ts';
import type { FeedKind, Solution, VersionRules } from '../solve/problem.ts';
import { formatReason } from '../lock/lock-packages.ts';
import { openStore } from '../store/store.ts';

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
  const { architecture, feeds, kind: _, offline: __, ...rest } = query;
  const locals = feeds.map((feed) => ({ feed, ...rest }));
  const { universe } = await openLocalDebFeeds(ctx, store, locals, architecture);
  return (world) => {
    const wishes = world.map((text) => ({ text }));
    return answer(world, solveDeb({ universe, wishes, rules: debVersionRules, architecture }));
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
  return debVersionRules;
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
  if (kind === 'deb') return;
  throw new KilopyError('KP1001', `this version of kilopy does not read ${kind} feeds`, {
    why: 'deb is the kind that it knows',
    fix: 'use --kind deb',
  });
}
