import { KilopyError } from '../errors/kilopy-error.ts';
import type { ImageChoice } from '../image/list-images.ts';
import type { Context } from '../io/context.ts';
import { createContentMeter } from '../report/content-meter.ts';
import { diffImages, type DiffSide, type PathChange, type PackageChange } from '../report/image-diff.ts';
import { findPackages, isPackageDatabase, packageOwners } from '../report/installed-packages.ts';
import { loadImage, type ImageKind, type LoadedFile, type LoadedImage } from './load-image.ts';

export interface DiffRequest {
  /** Absolute. */
  readonly before: string;
  readonly after: string;
  readonly choice?: ImageChoice;
  /** Modification times count. */
  readonly times?: boolean;
}

export interface DiffResult {
  readonly before: { readonly path: string; readonly kind: ImageKind };
  readonly after: { readonly path: string; readonly kind: ImageKind };
  readonly same: boolean;
  readonly images: readonly ImagePairDiff[];
}

export interface ImagePairDiff {
  readonly name: string;
  readonly changes: readonly PathChange[];
  readonly packages: readonly PackageChange[];
  /** Of the configuration (entrypoint, environment ...), as JSON; only when both sides have one. */
  readonly config: readonly { readonly what: string; readonly before: string; readonly after: string }[];
}

/**
 * Compares two images, archives, folders or packages. Images of several platforms are compared platform by platform.
 *
 * @throws KilopyError KP7402 when it is not clear which image belongs to which
 */
export async function diff(
  ctx: Context,
  { before, after, choice = {}, times = false }: DiffRequest,
): Promise<DiffResult> {
  const settings = { meter: () => createContentMeter({ keep: isPackageDatabase }), choice };
  const old = await loadImage(ctx, before, settings);
  const now = await loadImage(ctx, after, settings);
  const images = pairs(old, now).map(([a, b]): ImagePairDiff => ({
    name: b.platform ?? b.name,
    ...diffImages(sideOf(a, before), sideOf(b, after), { times }),
    config: configChanges(a, b),
  }));
  return {
    before: { path: before, kind: old.kind },
    after: { path: after, kind: now.kind },
    same: images.every(({ changes, config }) => changes.length === 0 && config.length === 0),
    images,
  };
}

function sideOf({ tree, meter }: LoadedImage, path: string): DiffSide {
  return { tree, owners: packageOwners(findPackages(meter.kept, path)) };
}

/** One with one, whatever they are called; several by platform, then by name. */
function pairs(old: LoadedFile, now: LoadedFile): [LoadedImage, LoadedImage][] {
  const [a] = old.images;
  const [b] = now.images;
  if (a !== undefined && b !== undefined && old.images.length === 1 && now.images.length === 1) return [[a, b]];
  const key = old.images.every(({ platform }) => platform !== undefined) && isUnique(old) ? 'platform' : 'name';
  const found = now.images.flatMap((image): [LoadedImage, LoadedImage][] => {
    const partner = old.images.find((one) => one[key] === image[key]);
    return partner === undefined ? [] : [[partner, image]];
  });
  if (found.length === now.images.length && found.length === old.images.length) return found;
  throw new KilopyError('KP7402', 'the two do not hold the same images', {
    why: `${old.path} holds ${namesIn(old)}; ${now.path} holds ${namesIn(now)}`,
    fix: 'choose one with --platform or --tag',
  });
}

function namesIn({ images }: LoadedFile): string {
  return images.map((one) => one.platform ?? one.name).join(', ');
}

function isUnique({ images }: LoadedFile): boolean {
  return new Set(images.map(({ platform }) => platform)).size === images.length;
}

function configChanges(a: LoadedImage, b: LoadedImage): ImagePairDiff['config'] {
  if (a.config === undefined || b.config === undefined) return [];
  const [old, now] = [a.config.config ?? {}, b.config.config ?? {}];
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].toSorted();
  return names.flatMap((what) => {
    const [before, after] = [old[what], now[what]].map((value) => JSON.stringify(value) ?? 'absent');
    return before === undefined || after === undefined || before === after ? [] : [{ what, before, after }];
  });
}
