import { resolve } from 'node:path';
import { parseApkChecksum, type ApkChecksum } from '../../crypto/apk-checksum.ts';
import { apkoTar, type OwnerNames } from '../../emit/apko-tar.ts';
import { compressStream } from '../../emit/compressed.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { ApkoArchitecture } from '../../spec/apko/architectures.ts';
import type { ApkoConfig } from '../../spec/apko/config.ts';
import { mapParallel } from '../../io/parallel.ts';
import type { Store } from '../../store/store.ts';
import type { Node } from '../../tree/node.ts';
import { parseGroup, parsePasswd } from '../../tree/passwd.ts';
import { sortedNodes } from '../../tree/sort.ts';
import type { Digest } from '../../values/digest.ts';
import type { ApkoPackage } from './apko-package.ts';
import { openBase, type OpenedBase } from './base-image.ts';
import { buildRoot, type BuiltRoot } from './build-root.ts';
import { fetchPackage, unpackPackage, type ChosenPackage } from './fetch-package.ts';
import { apkoImage, apkoIndex, layerType, type ApkoImage, type ApkoLayer, type JsonDocument } from './image.ts';
import { readKeyring } from './keyring.ts';
import { groupByOrigin } from './layering.ts';
import { readApkoLock, type ApkoLock } from './lock-file.ts';
import { openConfig, type OpenedConfig } from './open-config.ts';
import { meansPackage } from './replaces.ts';
import type { ApkoRequest } from './request.ts';
import { resolveConfig } from './resolve.ts';
import type { RootFiles } from './root-files.ts';
import { splitLayers } from './split-layers.ts';

/** The finished root of one architecture. */
export interface ApkoRoot extends BuiltRoot {
  readonly architecture: ApkoArchitecture;
  readonly config: ApkoConfig;
  readonly packages: readonly ApkoPackage[];
  readonly base: OpenedBase | undefined;
}

/** All that an image is made of; its layers are in the store. */
export interface ApkoImages {
  readonly index: JsonDocument;
  readonly images: readonly ApkoImage[];
  /** Of the images, in the same order. */
  readonly roots: readonly ApkoRoot[];
  readonly config: ApkoConfig;
}

/**
 * The images of all architectures and the index over them.
 *
 * @throws KilopyError KP21xx for the configuration, KP5xxx for repositories and packages
 */
export async function apkoImages(ctx: Context, store: Store, request: ApkoRequest): Promise<ApkoImages> {
  const opened = await openConfig(ctx, request);
  const roots = await apkoRoots(ctx, store, request, opened);
  const images = await Promise.all(roots.map(async (root) => await imageOf(ctx, store, root)));
  const createdSeconds = Math.max(...images.map((image) => image.createdSeconds));
  return { index: apkoIndex(opened.config, images, createdSeconds), images, roots, config: opened.config };
}

/** The root file systems of the architectures, in their order. */
export async function apkoRoots(
  ctx: Context,
  store: Store,
  request: ApkoRequest,
  opened: OpenedConfig,
): Promise<readonly ApkoRoot[]> {
  const { config, architectures } = opened;
  const { contents } = config;
  if (contents.baseimage !== undefined && request.lockfile === undefined) {
    throw new KilopyError('KP2108', 'an image on contents.baseimage is only built with a lock file', {
      fix: 'make one with kilopy apko lock, and give it with --lockfile',
    });
  }
  const keyring = await readKeyring(ctx, store, request.workdir, request.includePaths, contents.keyring ?? []);
  const chosen =
    request.lockfile === undefined
      ? await resolveConfig(ctx, store, request, opened, keyring)
      : fromLock(
          await readApkoLock(ctx, resolve(request.workdir, request.lockfile), request.lockfile),
          opened,
          request,
        );
  const roots: ApkoRoot[] = [];
  for (const [i, architecture] of architectures.entries()) {
    const wanted = chosen[i] ?? [];
    const target = architecture.name;
    ctx.emit({ type: 'step.started', step: 'unpack', title: 'unpacking packages', target });
    const packages = await mapParallel(wanted, 4, async (pkg) => {
      return await unpackPackage(store, await fetchPackage(ctx, store, request.workdir, pkg), pkg);
    });
    ctx.emit({ type: 'step.finished', step: 'unpack', target });
    const names = wanted.map(({ name, version }) => `${name}=${version}`);
    const locked: ApkoConfig = {
      ...config,
      archs: [architecture.name],
      contents: { ...contents, packages: request.lockfile === undefined ? names.sort() : names },
    };
    const { baseimage } = contents;
    const base = baseimage && (await openBase(ctx, store, request.workdir, baseimage, architecture));
    const { buildDateSeconds, isDateFixed } = opened;
    const input = { config: locked, architecture, keyring, packages, buildDateSeconds, isDateFixed };
    const built = await buildRoot(ctx, store, { ...input, basePackages: base?.packages });
    roots.push({ ...built, architecture, config: locked, packages, base });
  }
  return roots;
}

function fromLock(
  lock: ApkoLock,
  { architectures, checksum }: OpenedConfig,
  { lockfile, file }: ApkoRequest,
): readonly (readonly ChosenPackage[])[] {
  const locked = lock.config?.checksum;
  if (locked !== undefined && locked !== checksum) {
    throw new KilopyError('KP2108', `${lockfile ?? ''} was made for another state of ${file}`, {
      where: lockfile,
      why: `it names ${locked}, the configuration is ${checksum}`,
    });
  }
  return architectures.map(({ apk, name: target }) => {
    const packages = lock.contents.packages.filter(({ architecture }) => architecture === apk);
    if (packages.length === 0)
      throw new KilopyError('KP2108', `${lockfile ?? ''} has nothing for ${target}`, { where: lockfile });
    return packages.map(({ name, version, url, control }) => ({
      name,
      version,
      url,
      checksum: sha1Of(control.checksum),
    }));
  });
}

function sha1Of(text: string): ApkChecksum {
  const checksum = parseApkChecksum(`Q1${text.slice('sha1-'.length)}`);
  if (checksum === undefined) throw new TypeError('a checksum that was checked');
  return checksum;
}

async function imageOf(ctx: Context, store: Store, built: ApkoRoot): Promise<ApkoImage> {
  const { root, kept, config, architecture, packages, records, runAs, createdSeconds, base } = built;
  const { strategy = '', budget = 0 } = config.layering ?? {};
  const owners = await ownerNames(root);
  const isSplit = strategy !== '' || budget !== 0;
  const parts = isSplit
    ? await splitLayers(kept, groupByOrigin(packages, budget, meansPackage), records, store)
    : [sortedNodes(kept)];
  const layers = await Promise.all(parts.map((nodes) => compressLayer(ctx, store, nodes, owners, architecture.name)));
  return apkoImage(config, runAs, architecture, layers, createdSeconds, base?.image);
}

async function compressLayer(
  ctx: Context,
  store: Store,
  nodes: readonly Node[],
  owners: OwnerNames,
  target: string,
): Promise<ApkoLayer> {
  const compressor = { blobs: store, cache: store, compression: 'default' } as const;
  const { blob, raw } = await compressStream(ctx, compressor, () => apkoTar(nodes, store, owners), 'layer', target);
  const diffId: Digest = raw.digest;
  return { ...blob, mediaType: layerType, diffId, rawBytes: raw.sizeBytes };
}

/** Of several names for one number the last counts, as in apko. */
export async function ownerNames(root: RootFiles): Promise<OwnerNames> {
  const users = parsePasswd((await root.read('etc/passwd')) ?? '', 'etc/passwd');
  const groups = parseGroup((await root.read('etc/group')) ?? '', 'etc/group');
  return {
    users: new Map(users.map(({ uid, name }) => [uid, name])),
    groups: new Map(groups.map(({ gid, name }) => [gid, name])),
  };
}
