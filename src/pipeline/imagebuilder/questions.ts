import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { openStore } from '../../store/store.ts';
import { choosePackages } from './choose.ts';
import { manifestText } from './documents.ts';
import { openBuilder, openUniverse, type Builder } from './open.ts';
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
    `Current Revision: "${builder.release}"`,
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
  const { plan } = choosePackages(ctx, await openUniverse(ctx, store, builder, request), builder, request);
  return {
    packages: plan.steps.map(({ package: { name, version } }) => ({ name, version })),
    text: manifestText(plan, request.words.STRIP_ABI === '1'),
  };
}

/** `make package_depends` and `package_whatdepends`: one name a line. Throws KP2310 without PACKAGE, KP5502. */
export async function builderDepends(
  ctx: Context,
  request: ImageBuilderRequest,
  direction: 'depends' | 'whatdepends',
): Promise<readonly string[]> {
  const { PACKAGE: wanted } = request.words;
  if (wanted === undefined) throw new KilopyError('KP2310', 'which package?', { fix: 'write PACKAGE=dnsmasq' });
  const store = await openStore(ctx, undefined, { offline: request.offline });
  const builder = await openBuilder(ctx, request);
  const universe = await openUniverse(ctx, store, builder, request);
  const named = universe.named(wanted);
  if (named === undefined || named.providedBy.length === 0) {
    throw new KilopyError('KP5502', `no feed has ${wanted}`, { data: { package: wanted } });
  }
  if (direction === 'depends') {
    const packages = named.providedBy.flatMap(({ packages: own }) => own);
    return [...new Set(packages.flatMap(({ depends }) => depends.map(({ text }) => text)))].toSorted();
  }
  // Whatever it provides is a way to depend on it.
  const names = new Set([wanted, ...named.packages.flatMap(({ provides }) => provides)]);
  const needing = [...universe.names]
    .flatMap(({ packages }) => packages)
    .filter(({ depends }) => depends.some(({ alternatives }) => alternatives.some(({ name }) => names.has(name))));
  return [...new Set(needing.map(({ name }) => name))].toSorted();
}
