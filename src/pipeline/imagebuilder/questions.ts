import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { SourcePackage } from '../../spec/openwrt/package-info.ts';
import { openStore } from '../../store/store.ts';
import { choosePackages, profileOf } from './choose.ts';
import { manifestText } from './documents.ts';
import { openBuilder, type Builder } from './open.ts';
import { openBuilderFeed } from './open-feed.ts';
import type { ImageBuilderRequest } from './request.ts';

/** `make info`. Costs no network. */
export async function builderInfo(ctx: Context, request: ImageBuilderRequest): Promise<Builder> {
  return await openBuilder(ctx, request);
}

/** The text of `make info`, in ImageBuilder's own words. */
export function infoText(builder: Builder): string {
  const profiles = builder.profiles.flatMap(({ id, name, packages, hasImageMetadata, supportedDevices }) => [
    `${id}:`,
    `    ${name}`,
    `    Packages: ${packages.join(' ')}`,
    `    hasImageMetadata: ${hasImageMetadata ? '1' : '0'}`,
    ...(supportedDevices.length === 0 ? [] : [`    SupportedDevices: ${supportedDevices.join(' ')}`]),
  ]);
  const [board = '', subtarget = ''] = builder.board.split('/');
  return [
    `Current Target: "${builder.board}${builder.description === '' ? '' : ` (${builder.description})`}"`,
    `Current Architecture: "${builder.architecture}"`,
    `Current Revision: "${builder.folder?.revision || builder.release}"`,
    `Default Packages: ${builder.defaultPackages.join(' ')}`,
    'Available Profiles:',
    '',
    ...(profiles.length === 0 ? [`${board} ${subtarget}: none that kilopy knows`] : profiles),
    '',
  ].join('\n');
}

export interface ManifestAnswer {
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  readonly text: string;
}

/** `make manifest`, without installing anything. */
export async function builderManifest(ctx: Context, request: ImageBuilderRequest): Promise<ManifestAnswer> {
  const store = await openStore(ctx, undefined, { offline: request.offline });
  const builder = await openBuilder(ctx, request);
  profileOf(builder, request);
  const feed = await openBuilderFeed(ctx, store, builder, request);
  const { plan } = choosePackages(ctx, feed, builder, request);
  return {
    packages: plan.steps.map(({ package: { name, version } }) => ({ name, version })),
    text: manifestText(plan, request.words.STRIP_ABI === '1' ? feed : undefined),
  };
}

/** `make package_depends` and `package_whatdepends`: one name a line. Throws KP2310 without PACKAGE, KP5502. */
export async function builderDepends(
  ctx: Context,
  request: ImageBuilderRequest,
  direction: 'depends' | 'whatdepends',
): Promise<readonly string[]> {
  const { PACKAGE: wanted, PACKAGES: meant = 'dnsmasq' } = request.words;
  if (wanted === undefined) throw new KilopyError('KP2310', 'which package?', { fix: `write PACKAGE=${meant}` });
  const store = await openStore(ctx, undefined, { offline: request.offline });
  const builder = await openBuilder(ctx, request);
  const feed = await openBuilderFeed(ctx, store, builder, request);
  const names = direction === 'depends' ? feed.depends(wanted) : feed.whatDepends(wanted);
  if (names !== undefined) return names;
  const sources = builder.folder?.sources;
  if (sources?.has(wanted) === true) return sourceDepends(sources, wanted, direction);
  const near = feed.near(wanted);
  throw new KilopyError('KP5502', `no feed has ${wanted}`, {
    fix: near.length === 0 ? undefined : `did you mean ${near.join(' or ')}?`,
    data: { package: wanted },
  });
}

/** What the ImageBuilder's sources say of a package that no feed has. */
function sourceDepends(
  sources: ReadonlyMap<string, SourcePackage>,
  wanted: string,
  direction: 'depends' | 'whatdepends',
): readonly string[] {
  const own = sources.get(wanted);
  if (direction === 'depends') return own?.depends ?? [];
  const names = new Set([wanted, ...(own?.provides ?? [])]);
  return [...sources.values()]
    .filter(({ depends }) => depends.some((name) => names.has(name)))
    .map(({ name }) => name)
    .toSorted();
}
