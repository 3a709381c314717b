import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { explanationError } from '../../solve/explain.ts';
import type { Plan } from '../../solve/problem.ts';
import { why } from '../../solve/why.ts';
import { packageRequest } from '../../spec/openwrt/package-algebra.ts';
import type { TargetProfile } from '../../spec/openwrt/target-info.ts';
import { listOf } from '../../spec/openwrt/words.ts';
import { likely } from '../../spec/suggestion.ts';
import type { BuilderFeed } from './builder-feed.ts';
import type { Builder } from './open.ts';
import type { ImageBuilderRequest } from './request.ts';

export interface ChosenPackages {
  readonly profile: TargetProfile | undefined;
  /** Names that were asked for, after the algebra. */
  readonly request: readonly string[];
  readonly plan: Plan;
}

/** The profile that PROFILE names, else the first. Throws KP2312. */
export function profileOf(builder: Builder, { words }: ImageBuilderRequest): TargetProfile | undefined {
  const wanted = words.PROFILE ?? builder.device?.openwrt?.profile;
  if (wanted === undefined) return builder.profiles[0];
  const found = builder.profiles.find(({ id }) => id.toLowerCase() === wanted.replace(/^DEVICE_/u, '').toLowerCase());
  if (found !== undefined) return found;
  throw new KilopyError('KP2312', `Profile "${wanted}" does not exist in ${builder.board}`, {
    fix: profileFix(
      wanted,
      builder.profiles.map(({ id }) => id),
    ),
    data: { profile: wanted, board: builder.board },
  });
}

/** A target may have hundreds of profiles. */
function profileFix(wanted: string, ids: readonly string[]): string | undefined {
  if (ids.length === 0) return undefined;
  const near = likely(wanted, ids);
  if (near.length > 0) return `did you mean PROFILE=${near.join(' or ')}?`;
  if (ids.length <= 12) return `write one of ${ids.join(', ')}`;
  return `kilopy imagebuilder info lists the ${String(ids.length)} that there are`;
}

/** ImageBuilder's sum of packages, and what it brings in. Throws KP2311, KP55xx. */
export function choosePackages(
  ctx: Context,
  feed: BuilderFeed,
  builder: Builder,
  request: ImageBuilderRequest,
): ChosenPackages {
  const profile = profileOf(builder, request);
  const sum = packageRequest(builder.defaultPackages, profile?.packages ?? [], listOf(request.words.PACKAGES));
  // The kernel is a file with opkg, where there is one at all.
  const install = sum.install.filter((name) => name !== 'kernel' || feed.has(name)).map((name) => feed.wish(name));
  ctx.emit({ type: 'step.started', step: 'solve', title: 'choosing packages', target: builder.board });
  const solution = feed.solve(install);
  if (!solution.ok) {
    const lacking = sum.install.filter((name) => !feed.has(name) && !feed.has(feed.wish(name)));
    tellUnbuilt(ctx, builder, lacking);
    if (solution.explanation.kind === 'unknown-package' && lacking.length > 1) {
      const { length } = lacking;
      const near = [...new Set(lacking.flatMap((name) => feed.near(name).slice(0, 1)))];
      throw new KilopyError('KP5502', `no feed has ${String(length)} of the packages: ${lacking.join(', ')}`, {
        fix: near.length === 0 ? undefined : `did you mean ${near.join(', ')}?`,
        data: { packages: lacking },
      });
    }
    throw explanationError(solution.explanation);
  }
  const { plan } = solution;
  ctx.emit({
    type: 'step.finished',
    step: 'solve',
    target: builder.board,
    detail: `${String(plan.steps.length)} packages`,
  });
  for (const name of sum.removed) {
    const chain = why(plan, name) ?? why(plan, feed.wish(name));
    if (chain === undefined) continue;
    const told = `-${name} takes out a package that is needed`;
    if (request.compat === 'opkg')
      ctx.emit({ type: 'warning', text: `${told}, so it is installed: ${chain.join('; ')}` });
    else throw new KilopyError('KP2311', told, { why: `${chain.join('; ')}.`, data: { package: name, chain } });
  }
  return { profile, request: install, plan };
}

/** A name that the ImageBuilder's sources have and no feed: it was renamed, or not built for this target. */
function tellUnbuilt(ctx: Context, { folder }: Builder, lacking: readonly string[]): void {
  for (const name of lacking) {
    const source = folder?.sources.get(name);
    if (source === undefined) continue;
    const text = `${name} ${source.version} is among the ImageBuilder's sources (.packageinfo), but no feed has it`;
    ctx.emit({ type: 'warning', text });
  }
}
