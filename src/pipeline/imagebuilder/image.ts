import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { encodeGzip } from '../../codec/gzip/encode-gzip.ts';
import { treeToCpio } from '../../emit/cpio.ts';
import { planExt4 } from '../../emit/ext4/plan-ext4.ts';
import { writeExt4 } from '../../emit/ext4/write-ext4.ts';
import { openwrtSquashfs, treeToSquashfs } from '../../emit/squashfs.ts';
import { treeToTar } from '../../emit/tar.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { prepareOpenwrt, type PrepareReport } from '../../passes/openwrt/prepare.ts';
import { checkFit } from '../../spec/devices.ts';
import { listOf } from '../../spec/openwrt/words.ts';
import { openStore, type Store } from '../../store/store.ts';
import type { Node, Tree } from '../../tree/node.ts';
import { overlay } from '../../tree/overlay.ts';
import { sizesByOrigin } from '../../tree/sizes.ts';
import { fetchPlan, layPackages } from '../openwrt/install-packages.ts';
import { withScratch } from '../scratch.ts';
import { parseSourceDate, sourceDate } from '../source-date.ts';
import { choosePackages, type ChosenPackages } from './choose.ts';
import { checkName, overlayFiles } from './overlay-files.ts';
import { openBuilder, openUniverse, type Builder } from './open.ts';
import { imagePrefix, manifestText, profilesJson, sha256sums, type BuiltFile } from './documents.ts';
import type { ImageBuilderRequest } from './request.ts';

export interface ImageBuilderResult {
  readonly board: string;
  readonly release: string;
  readonly profile: string | undefined;
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  readonly files: readonly { readonly path: string; readonly sizeBytes: number; readonly sha256: string }[];
  readonly services: { readonly enabled: readonly string[]; readonly disabled: readonly string[] };
  readonly warnings: readonly string[];
}

/** `make image`: packages, overlay, preparation, and every file that it writes. */
export async function buildImage(
  ctx: Context,
  request: ImageBuilderRequest,
  outDir: string,
): Promise<ImageBuilderResult> {
  const store = await openStore(ctx, undefined, { offline: request.offline });
  const warnings: string[] = [];
  const listening: Context = {
    ...ctx,
    emit(event) {
      if (event.type === 'warning') warnings.push(event.text);
      ctx.emit(event);
    },
  };
  const builder = await openBuilder(listening, request);
  const universe = await openUniverse(listening, store, builder, request);
  const chosen = choosePackages(listening, universe, builder, request);
  const { tree, report, epochSeconds } = await rootTree(listening, store, request, chosen);
  tellReport(listening, report);
  const files = await imageFiles(listening, store, builder, chosen, request, tree, epochSeconds);
  await ctx.fs.makeDirectory(outDir);
  for (const { name, bytes } of files) await ctx.fs.writeAtomic(join(outDir, name), bytes);
  return {
    board: builder.board,
    release: builder.release,
    profile: chosen.profile?.id,
    packages: chosen.plan.steps.map(({ package: { name, version } }) => ({ name, version })),
    files: files.map(({ name, bytes }) => ({
      path: join(outDir, name),
      sizeBytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })),
    services: { enabled: report.services.enabled, disabled: report.services.disabled },
    warnings,
  };
}

interface RootTree {
  readonly tree: Tree;
  readonly report: PrepareReport;
  readonly epochSeconds: number;
}

/** The prepared root file system. */
async function rootTree(
  ctx: Context,
  store: Store,
  { words, values, keys = [] }: ImageBuilderRequest,
  { plan, request }: ChosenPackages,
): Promise<RootTree> {
  ctx.emit({ type: 'step.started', step: 'fetch', title: 'fetching and unpacking packages' });
  const byHand = plan.steps.filter(({ package: pkg }) => pkg.isByHand).map(({ package: { name } }) => name);
  const packages = await fetchPlan(ctx, store, plan, [...request, ...byHand]);
  ctx.emit({ type: 'step.finished', step: 'fetch' });
  const laid = layPackages(packages);
  const epochSeconds = parseSourceDate(ctx) ?? sourceDate(ctx, laid);
  const files = words.FILES === undefined ? [] : await overlayFiles(ctx, store, words.FILES, values, epochSeconds);
  const local = words.ADD_LOCAL_KEY === '1' ? await localKeys(ctx, store, keys, epochSeconds) : [];
  const { tree, report } = await prepareOpenwrt(laid, store, {
    packages,
    disabledServices: listOf(words.DISABLED_SERVICES),
    epochSeconds,
    files: [...files, ...local],
    keepsDatabase: true,
  });
  for (const path of tree.keys()) checkName(path, path);
  return { tree, report, epochSeconds };
}

/** ADD_LOCAL_KEY: the keys that were named, for opkg on the device. */
async function localKeys(
  ctx: Context,
  store: Store,
  keys: readonly string[],
  mtimeSeconds: number,
): Promise<readonly Node[]> {
  const { readUsignKey } = await import('../../crypto/usign.ts');
  const nodes: Node[] = [];
  for (const path of keys) {
    const bytes = await ctx.fs.readFile(path);
    const { id } = readUsignKey(Buffer.from(bytes).toString('utf8'), basename(path));
    const origin = { kind: 'pass', pass: 'local-key' } as const;
    const common = { uid: 0, gid: 0, mtimeSeconds, origin } as const;
    nodes.push({ ...common, type: 'file', path: `etc/opkg/keys/${id}`, mode: 0o644, content: await store.put(bytes) });
  }
  return nodes;
}

function tellReport(ctx: Context, { services, scripts, alternatives }: PrepareReport): void {
  const warn = (text: string): void => ctx.emit({ type: 'warning', text });
  if (services.unknown.length > 0) warn(`DISABLED_SERVICES: no script is called ${services.unknown.join(', ')}`);
  if (services.unclear.length > 0) warn(`START or STOP is no plain number in ${services.unclear.join(', ')}`);
  if (alternatives.occupied.length > 0) warn(`alternatives: ${alternatives.occupied.join(', ')} is no link and stays`);
  if (scripts.unknown.length === 0) return;
  const list = scripts.unknown.map(({ name, version, scripts: names }) => `${name} ${version} (${names.join(', ')})`);
  warn(`scripts that were not run and do something of their own: ${list.join(', ')}`);
}

const fileSystems = ['squashfs', 'ext4', 'targz', 'cpiogz'] as const;

async function imageFiles(
  ctx: Context,
  store: Store,
  builder: Builder,
  chosen: ChosenPackages,
  request: ImageBuilderRequest,
  tree: Tree,
  epochSeconds: number,
): Promise<readonly BuiltFile[]> {
  const { words } = request;
  const wanted = words.ROOTFS_FILESYSTEM;
  if (wanted !== undefined && !fileSystems.some((name) => name === wanted)) {
    throw new KilopyError('KP2318', `ROOTFS_FILESYSTEM=${wanted} is not made`, { data: { wanted } });
  }
  const makes = (name: (typeof fileSystems)[number]): boolean => wanted === undefined || wanted === name;
  const prefix = imagePrefix(builder, words.EXTRA_IMAGE_NAME);
  const profile = (chosen.profile?.id ?? 'default').toLowerCase();
  const withConsole = overlay(tree, [consoleNode(epochSeconds)]).tree;
  const isMalta = builder.board.startsWith('malta/');
  const files: BuiltFile[] = [];
  ctx.emit({ type: 'step.started', step: 'emit', title: 'making outputs' });
  if (makes('squashfs')) {
    const options = { ...openwrtSquashfs, mtimeSeconds: epochSeconds };
    const squashfs = await withScratch(ctx, (scratch) => treeToSquashfs(ctx, withConsole, store, scratch, options));
    checkSize(builder, words.ROOTFS_PARTSIZE, squashfs.length, tree);
    const name = isMalta ? `${prefix}-rootfs-squashfs.img` : `${prefix}-${profile}-squashfs-rootfs.img`;
    files.push({ name, type: 'squashfs-rootfs', filesystem: 'squashfs', bytes: squashfs });
    files.push({
      name: `${name}.gz`,
      type: 'squashfs-rootfs',
      filesystem: 'squashfs',
      bytes: await encodeGzip(squashfs),
    });
  }
  if (makes('ext4')) {
    const name = isMalta ? `${prefix}-rootfs-ext4.img.gz` : `${prefix}-${profile}-ext4-rootfs.img.gz`;
    const image = await ext4Image(store, withConsole, words.ROOTFS_PARTSIZE, epochSeconds);
    files.push({ name, type: 'ext4-rootfs', filesystem: 'ext4', bytes: await encodeGzip(image) });
  }
  if (makes('targz')) {
    const bytes = await encodeGzip(await collect(treeToTar(tree, store)));
    files.push({ name: `${prefix}-${profile}-rootfs.tar.gz`, type: 'rootfs', filesystem: 'targz', bytes });
  }
  if (makes('cpiogz')) {
    const bytes = await encodeGzip(await collect(treeToCpio(withConsole, store)));
    files.push({ name: `${prefix}-rootfs.cpio.gz`, type: 'rootfs', filesystem: 'cpiogz', bytes });
  }
  const manifest = manifestText(chosen.plan);
  files.push({
    name: `${prefix}-${profile}.manifest`,
    type: 'manifest',
    filesystem: undefined,
    bytes: Buffer.from(manifest),
  });
  files.push({
    name: 'profiles.json',
    type: 'profiles',
    filesystem: undefined,
    bytes: Buffer.from(profilesJson(builder, chosen, prefix, profile, files, epochSeconds)),
  });
  files.push({ name: 'sha256sums', type: 'sums', filesystem: undefined, bytes: Buffer.from(sha256sums(files)) });
  ctx.emit({ type: 'step.finished', step: 'emit' });
  return files;
}

/** The kernel opens it before anything is mounted (include/image.mk adds it to squashfs). */
function consoleNode(mtimeSeconds: number): Node {
  const origin = { kind: 'pass', pass: 'console' } as const;
  return {
    type: 'device',
    device: 'char',
    path: 'dev/console',
    mode: 0o600,
    uid: 0,
    gid: 0,
    mtimeSeconds,
    major: 5,
    minor: 1,
    origin,
  };
}

const MiB = 1024 * 1024;
/** What the overlay needs at least beside a read-only root: two erase blocks of 64 KiB and the journal of jffs2. */
const overlayBytes = 5 * 64 * 1024;

/** As make_ext4fs is called (include/image.mk): blocks of 4 KiB and a journal, and inodes for what a device will add. */
async function ext4Image(
  store: Store,
  tree: Tree,
  partsize: string | undefined,
  timeSeconds: number,
): Promise<Uint8Array> {
  const sizeBytes = Number(partsize ?? '104') * MiB;
  try {
    const plan = planExt4(tree, {
      sizeBytes,
      inodes: Math.max(tree.size + 64, Math.floor(sizeBytes / 16_384)),
      blockBytes: 4096,
      journalBlocks: 1024,
      // Fixed, so that the same tree gives the same image.
      uuid: createHash('md5').update('OpenWrt rootfs').digest(),
      hashSeed: createHash('md5').update('OpenWrt names').digest(),
      label: 'rootfs',
      timeSeconds,
    });
    return await collect(writeExt4(plan, store));
  } catch (error) {
    if (error instanceof KilopyError && error.code === 'KP8012') throw tooLarge(tree, partsize, error);
    throw error;
  }
}

function tooLarge(tree: Tree, partsize: string | undefined, cause: KilopyError): KilopyError {
  const biggest = sizesByOrigin(tree)
    .slice(0, 5)
    .map(({ name, sizeBytes }) => `${name} ${String(Math.ceil(sizeBytes / 1000))} kB`);
  return new KilopyError('KP2315', `the root file system does not fit into ${partsize ?? '104'} MiB of ext4`, {
    why: `${cause.message}; biggest: ${biggest.join(', ')}.`,
    cause,
  });
}

/** Throws KP2315 for ROOTFS_PARTSIZE, KP2322 for a device. */
function checkSize(builder: Builder, partsize: string | undefined, rootBytes: number, tree: Tree): void {
  const limit = Number(partsize ?? '104') * MiB;
  const biggest = sizesByOrigin(tree).map(({ name, sizeBytes }) => ({ name, sizeBytes }));
  if (rootBytes > limit) {
    const list = biggest.slice(0, 5).map(({ name, sizeBytes }) => `${name} ${String(Math.ceil(sizeBytes / 1000))} kB`);
    throw new KilopyError(
      'KP2315',
      `the root file system does not fit by ${String(Math.ceil((rootBytes - limit) / 1000))} kB`,
      {
        why: `It takes ${String(rootBytes)} bytes, ROOTFS_PARTSIZE is ${partsize ?? '104'} MiB; biggest: ${list.join(', ')}.`,
        data: { rootBytes, limit },
      },
    );
  }
  const { device, architecture } = builder;
  if (device !== undefined) checkFit(device, { architecture, flashBytes: rootBytes + overlayBytes, biggest });
}

async function collect(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part.slice());
  return Buffer.concat(all);
}
