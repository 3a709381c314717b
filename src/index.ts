/**
 * kilopy as a library: what the commands of the same names do, as functions. Each takes a context first (`createContext`)
 * and gives back facts; nothing is printed. Failures that a person can cause are `KilopyError`s with a stable `code`.
 *
 * @example
 *   import { build, createContext } from 'kilopy';
 *   const ctx = createContext();
 *   const { artifacts } = await build(ctx, { folder: 'examples/hello' });
 */
import { resolve } from 'node:path';
import type { ImageChoice } from './image/list-images.ts';
import type { Context } from './io/context.ts';
import type { BuildRequest, BuildResult } from './pipeline/build-request.ts';
import type { DiffResult } from './pipeline/diff-images.ts';
import type { FeedAnswer, FeedQuery } from './pipeline/feed-solver.ts';
import type { InspectResult } from './pipeline/inspect.ts';
import type { SizeResult } from './pipeline/size.ts';
import type { WhyResult } from './pipeline/why-answer.ts';
import type { SpecOverrides } from './spec/overrides.ts';

export { KilopyError, formatLocation } from './errors/kilopy-error.ts';
export { createContext } from './io/create-context.ts';
export { version } from './io/version.ts';
export type { ErrorCode } from './errors/codes.ts';
export type { KilopyErrorOptions } from './errors/kilopy-error.ts';
export type { Context } from './io/context.ts';
export type { KilopyEvent } from './values/events.ts';
export type { ImageChoice } from './image/list-images.ts';
export type { ArtifactRecord, BuildResult, LayerRecord, PackageRecord } from './pipeline/build-request.ts';
export type { DiffResult, ImagePairDiff } from './pipeline/diff-images.ts';
export type { FeedAnswer, FeedQuery } from './pipeline/feed-solver.ts';
export type { InspectResult, InspectedImage } from './pipeline/inspect.ts';
export type { SizedImage, SizeResult } from './pipeline/size.ts';
export type { WhyAnswer, WhyResult } from './pipeline/why-answer.ts';
export type { FileSize, OwnerSize, SizeReport } from './report/size-report.ts';
export type { SpecOverrides } from './spec/overrides.ts';

/** What to build and how. Relative paths are relative to the context's `cwd`. */
export interface BuildOptions {
  /** The folder with main.py. */
  readonly folder: string;
  /** Wins over kilopy.yaml, as the options of the command line do. */
  readonly overrides?: SpecOverrides;
  /** Where outputs go. Default: `dist`. */
  readonly outDir?: string;
  /** `max` is smaller and slower. Default: `default`. */
  readonly compress?: BuildRequest['compress'];
  /** `keep` follows an existing lock and writes a missing one. Default: `keep`. */
  readonly lock?: BuildRequest['lock'];
  /** Use only what is in the store. Default: no. */
  readonly offline?: boolean;
}

/** Builds images of an application and writes them. Sizes in the result are bytes, paths are absolute. */
export async function build(ctx: Context, options: BuildOptions): Promise<BuildResult> {
  const pipeline = await import('./pipeline/build.ts');
  return await pipeline.build(ctx, requestOf(ctx, options));
}

/** Where the bytes of what a folder builds are, or of an image that exists (its path is the `folder`). Writes no outputs. */
export async function size(ctx: Context, options: BuildOptions, choice: ImageChoice = {}): Promise<SizeResult> {
  const pipeline = await import('./pipeline/size.ts');
  return await pipeline.size(ctx, requestOf(ctx, options), choice);
}

/** Why a path or package is in what a folder builds. Writes no outputs. Throws KP1202 for what is not in it. */
export async function why(ctx: Context, subject: string, options: BuildOptions): Promise<WhyResult> {
  const pipeline = await import('./pipeline/why.ts');
  return await pipeline.why(ctx, { ...requestOf(ctx, options), subject });
}

/** What is in an image, archive, folder or .deb of any origin, and what kilopy would drop of it. */
export async function inspect(ctx: Context, path: string, choice: ImageChoice = {}): Promise<InspectResult> {
  const pipeline = await import('./pipeline/inspect.ts');
  return await pipeline.inspect(ctx, resolve(ctx.cwd, path), choice);
}

/** What differs between two images, archives or folders, down to mode bits. */
export async function diff(
  ctx: Context,
  before: string,
  after: string,
  options: { readonly choice?: ImageChoice; readonly times?: boolean } = {},
): Promise<DiffResult> {
  const pipeline = await import('./pipeline/diff-images.ts');
  const [old, now] = [resolve(ctx.cwd, before), resolve(ctx.cwd, after)];
  return await pipeline.diff(ctx, { before: old, after: now, ...options });
}

/**
 * Which packages of feeds a set of wishes would install, in install order, without installing anything. An answer
 * without a solution carries an `error` that says why.
 */
export async function solve(ctx: Context, query: FeedQuery, wishes: readonly string[]): Promise<FeedAnswer> {
  const { openFeedSolver } = await import('./pipeline/feed-solver.ts');
  return (await openFeedSolver(ctx, query))(wishes);
}

function requestOf(ctx: Context, options: BuildOptions): BuildRequest {
  const { folder, overrides = {}, outDir = 'dist', compress = 'default', lock = 'keep', offline = false } = options;
  return {
    folder: resolve(ctx.cwd, folder),
    outDir: resolve(ctx.cwd, outDir),
    overrides,
    compress,
    lock,
    offline,
  };
}
