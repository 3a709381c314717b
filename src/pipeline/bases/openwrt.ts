import { openOpkgFeed, opkgUrlPath, type OpkgFeedSettings } from '../../feed/opkg/index.ts';
import { checkIpkIdentity, unpackIpk } from '../../feed/opkg/package.ts';
import type { OpkgIndexPackage } from '../../feed/opkg/parse-index.ts';
import { fetchTargetFiles, fetchTargetSums } from '../../feed/opkg/target-files.ts';
import { opkgVersionRules } from '../../feed/opkg/version.ts';
import type { Context } from '../../io/context.ts';
import { lockPackages } from '../../lock/lock-packages.ts';
import { explanationError } from '../../solve/explain.ts';
import { solveOpkg } from '../../solve/opkg/solve-opkg.ts';
import type { Plan } from '../../solve/problem.ts';
import { usesApk, type OpenwrtSettings } from '../../spec/bases.ts';
import type { Spec } from '../../spec/spec.ts';
import type { Target } from '../../spec/targets.ts';
import type { Store } from '../../store/store.ts';
import { nameArchives } from '../archives.ts';
import { boardOf } from '../openwrt/boards.ts';
import { openwrtFeeds, releaseFolder } from '../openwrt/feeds.ts';
import { orMissingRelease } from '../openwrt/missing-release.ts';
import { ipkReplaces } from '../openwrt/install-packages.ts';
import { judgeContainerScripts, prepareContainer } from '../openwrt/prepare-container.ts';
import { apkBase } from './apk.ts';
import { withPresentIpks } from './image/present-ipks.ts';
import { withoutPresent } from './image/without-present.ts';
import type { BaseAnswer, BaseFeed, BaseQuestion } from './base-feed.ts';
import { mirrorOf } from './mirror-of.ts';

/** OpenWrt: packages of opkg up to 24.10, of apk from 25.12 on. Its slim feeds `luci` and others hold no MicroPython. */
export const openwrtBase: BaseFeed = {
  runtimePackage: () => 'micropython',
  wishName: (text) => /^[^\s=<>~]+/u.exec(text)?.[0] ?? text,
  archives: async (ctx, spec) => {
    const archive = mirror(ctx, spec);
    const feeds = spec.feeds.map(({ name, url }) => ({ feed: name, archive: url.replace(/\/+$/u, '') }));
    return await Promise.resolve(nameArchives([{ feed: 'openwrt', archive }, ...feeds]));
  },
  async solve(ctx, store, question) {
    const { release } = settingsOf(question.spec);
    const board = boardFor(question.spec, question.target);
    const answer = usesApk(release) ? apkOpenwrt.solve(ctx, store, question) : solve(ctx, store, question);
    return await orMissingRelease(release, board, answer);
  },
  urlPath: opkgUrlPath,
  async unpack(ctx, store, blob, locked) {
    if (locked.path.endsWith('.apk')) return await apkOpenwrt.unpack(ctx, store, blob, locked);
    const payload = await unpackIpk(ctx, store, blob, `${locked.name} ${locked.version}`);
    checkIpkIdentity(payload, locked);
    return payload;
  },
  replacesRule: (packages) =>
    packages.some(({ locked }) => locked.path.endsWith('.apk'))
      ? apkOpenwrt.replacesRule(packages)
      : ipkReplaces(packages.map(({ locked, payload }) => ({ name: locked.name, payload }))),
  usrMerge: () => undefined,
  prepare: prepareContainer,
  judgeScripts: judgeContainerScripts,
};

/** From 25.12 on: kernel and libc are in the indexes like all else. */
const apkOpenwrt: BaseFeed = apkBase({
  runtimePackage: () => 'micropython',
  mirror,
  repositories(url, spec, target) {
    if (target === undefined) return [];
    const { release } = settingsOf(spec);
    const architecture = architectureOf(target);
    return usefulFeeds(url, release, boardFor(spec, target), architecture).map((feed) => `${feed.url}/packages.adb`);
  },
  keys: [],
  architecture: ({ openwrt }) => openwrt?.[0],
});

async function solve(ctx: Context, store: Store, question: BaseQuestion): Promise<BaseAnswer> {
  const { spec, target, wishes, archives, present } = question;
  const { release, keys, allowUntrusted } = settingsOf(spec);
  const architecture = architectureOf(target);
  const board = boardFor(spec, target);
  const own = { keys, allowUntrusted, isOpenwrt: true };
  const feeds: OpkgFeedSettings[] = [
    ...usefulFeeds(mirror(ctx, spec), release, board, architecture).map(({ url }) => ({
      ...own,
      name: 'openwrt',
      url,
    })),
    ...spec.feeds.map((feed) => ({ ...feed, isOpenwrt: feed.keys.length === 0 })),
  ];
  ctx.emit({ type: 'step.started', step: 'feed', title: 'reading package indexes', target: target.name });
  const freshness = { offline: store.offline, locked: false };
  const folder = `${releaseFolder(mirror(ctx, spec), release)}/targets/${board}`;
  const targetFeed = { ...own, name: 'openwrt', url: folder };
  const byHand = await fetchTargetFiles(
    ctx,
    store,
    targetFeed,
    await fetchTargetSums(ctx, store, targetFeed, freshness),
  );
  const feed = await openOpkgFeed(ctx, store, feeds, architecture, freshness, byHand);
  ctx.emit({ type: 'step.finished', step: 'feed', target: target.name });
  ctx.emit({ type: 'step.started', step: 'solve', title: 'choosing packages', target: target.name });
  const universe = withPresentIpks(feed.universe, present, architecture);
  const solution = solveOpkg({ universe, wishes, rules: opkgVersionRules });
  if (!solution.ok) throw explanationError(solution.explanation, spec.targets.length > 1 ? target.name : undefined);
  // The solver gives back the universe's own objects.
  const plan = withoutPresent(solution.plan) as Plan<OpkgIndexPackage>;
  const detail = `${String(plan.steps.length)} packages`;
  ctx.emit({ type: 'step.finished', step: 'solve', target: target.name, detail });
  const places = plan.steps.map(({ package: pkg }) => archives.split(`${pkg.folder}/${pkg.filename}`));
  return {
    sources: feed.verdicts.map(({ url, verdict, digest }) => {
      const { name, path } = archives.split(url);
      const trust = verdict.kind === 'signature' ? verdict.keyId : 'untrusted';
      // An index of opkg has no date of its own.
      return { archive: name, path, date: new Date(0).toISOString(), digest, trust };
    }),
    packages: lockPackages(plan, ({ sizeBytes, sha256 }) => ({ path: '', sizeBytes, sha256 })).map((locked, i) => {
      return { ...locked, feed: places[i]?.name ?? '', path: places[i]?.path ?? '' };
    }),
  };
}

/** Those that MicroPython and what it needs are in. */
function usefulFeeds(
  url: string,
  release: string,
  board: string,
  architecture: string,
): ReturnType<typeof openwrtFeeds> {
  const useful = new Set(['openwrt_core', 'openwrt_base', 'openwrt_packages']);
  return openwrtFeeds(url, release, board, architecture).filter(({ name }) => useful.has(name));
}

function mirror(ctx: Context, spec: Spec): string {
  return mirrorOf(ctx, spec, 'KILOPY_OPENWRT_MIRROR', 'https://downloads.openwrt.org');
}

function architectureOf({ openwrt }: Target): string {
  return openwrt?.[0] ?? '';
}

function boardFor(spec: Spec, target: Target): string {
  const { board, release } = settingsOf(spec);
  return board ?? boardOf(architectureOf(target), release);
}

function settingsOf({ base }: Spec): OpenwrtSettings {
  if (base.name !== 'openwrt') throw new TypeError(`the base ${base.name} is not OpenWrt`);
  return base.settings;
}
