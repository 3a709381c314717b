import type { ImageChoice } from '../image/list-images.ts';
import type { Context } from '../io/context.ts';
import { createContentMeter } from '../report/content-meter.ts';
import { explainPaths, type ExplainedPaths } from '../report/explain-paths.ts';
import { findDroppable, type Droppable } from '../report/droppable.ts';
import { findPackages, isPackageDatabase, packageOwners, type PackageManager } from '../report/installed-packages.ts';
import { packageAt } from '../report/size-owner.ts';
import { startFacts, type StartFacts } from '../report/start-facts.ts';
import { sizedFiles, totalBytes } from '../tree/sizes.ts';
import type { Digest } from '../values/digest.ts';
import { loadImage, type ImageKind, type LoadedImage } from './load-image.ts';

/** What is in an image that somebody else made. */
export interface InspectResult {
  readonly path: string;
  readonly kind: ImageKind;
  readonly images: readonly InspectedImage[];
}

export interface InspectedImage {
  readonly name: string;
  readonly platform: string | undefined;
  readonly digest: Digest | undefined;
  /** Undefined for what has no configuration: root file systems, packages. */
  readonly start: StartFacts | undefined;
  /** Of a .deb: the fields of its control file. */
  readonly control: Readonly<Record<string, string>> | undefined;
  /** From `etc/os-release`. */
  readonly system: string | undefined;
  readonly layers: readonly InspectedLayer[];
  readonly files: number;
  /** Of everything that is visible, hard links once. */
  readonly sizeBytes: number;
  /** By name. */
  readonly packages: readonly InspectedPackage[];
  readonly biggest: readonly { readonly path: string; readonly sizeBytes: number; readonly package?: string }[];
  /** Of OpenWrt: what explains each path. */
  readonly explained?: ExplainedPaths;
  /** What kilopy would leave out of an image of one application. */
  readonly droppable: readonly Droppable[];
}

export interface InspectedLayer {
  readonly digest: Digest | undefined;
  /** Bytes of its tar. */
  readonly rawBytes: number | undefined;
  /** Compressed, where it is. */
  readonly sizeBytes: number | undefined;
}

export interface InspectedPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly manager: PackageManager;
  /** Of its files in the image, else what the database says. */
  readonly sizeBytes: number | undefined;
}

const systemFiles = new Set(['etc/os-release', 'usr/lib/os-release', 'etc/openwrt_release']);

/** OpenWrt's lists beside apk's own database. */
const openwrtApk = /^lib\/apk\/packages\/[^/]+\.list$/u;

/** Looks into an image, archive, folder or package of any origin. Nothing of it is kept or run. */
export async function inspect(ctx: Context, path: string, choice: ImageChoice = {}): Promise<InspectResult> {
  const loaded = await loadImage(ctx, path, { meter: () => createContentMeter({ keep: isWanted }), choice });
  const images = loaded.images.map((image) => inspectImage(image, path));
  return { path, kind: loaded.kind, images };
}

function isWanted(path: string): boolean {
  return isPackageDatabase(path) || systemFiles.has(path);
}

function inspectImage(image: LoadedImage, path: string): InspectedImage {
  const { name, platform, digest, config, control, tree, layers, meter } = image;
  const packages = findPackages(meter.kept, path);
  const owners = packageOwners(packages);
  const files = sizedFiles(tree);
  const owned = new Map<string, number>();
  for (const { node, sizeBytes } of files) {
    const owner = packageAt(owners, node.path);
    if (owner !== undefined) owned.set(owner.name, (owned.get(owner.name) ?? 0) + sizeBytes);
  }
  return {
    name,
    platform,
    digest,
    start: config === undefined ? undefined : startFacts(config),
    control: control === undefined ? undefined : Object.fromEntries(control),
    system: systemName(meter.kept),
    layers: layers.map(({ digest: layer, rawBytes, sizeBytes }) => ({ digest: layer, rawBytes, sizeBytes })),
    files: files.length,
    sizeBytes: totalBytes(tree),
    packages: packages.map(({ name: own, version, architecture, manager, installedBytes }) => ({
      name: own,
      version,
      architecture,
      manager,
      sizeBytes: owned.get(own) ?? installedBytes,
    })),
    biggest: files
      .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
      .slice(0, 20)
      .map(({ node, sizeBytes }) => {
        const owner = packageAt(owners, node.path);
        return { path: node.path, sizeBytes, ...(owner === undefined ? {} : { package: owner.name }) };
      }),
    ...(packages.some(({ manager }) => manager === 'opkg') || [...tree.keys()].some((at) => openwrtApk.test(at))
      ? { explained: explainPaths(tree, owners, meter.kept) }
      : {}),
    droppable: findDroppable(tree),
  };
}

/** os-release(5), `PRETTY_NAME`; OpenWrt's older file has `DISTRIB_DESCRIPTION`. */
function systemName(kept: ReadonlyMap<string, Uint8Array>): string | undefined {
  for (const path of systemFiles) {
    const text = Buffer.from(kept.get(path) ?? []).toString('utf8');
    const found = /^(?:PRETTY_NAME|DISTRIB_DESCRIPTION)=(["']?)(.*)\1\s*$/mu.exec(text)?.[2];
    if (found !== undefined) return found;
  }
  return undefined;
}
