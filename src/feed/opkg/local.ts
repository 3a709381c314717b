import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sha256, hexOf } from '../../crypto/digest.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { OpkgFiles, OpkgPackage } from '../../solve/opkg/opkg-package.ts';
import { opkgPriorities, opkgUniverse, type OpkgUniverse } from '../../solve/opkg/universe.ts';
import type { Store } from '../../store/store.ts';
import type { Verified } from '../../values/verified.ts';
import { openOpkgFeed } from './index.ts';
import { readIpkControl, readIpkFiles } from './package.ts';
import { opkgPackage, parseOpkgIndex, type OpkgIndexPackage } from './parse-index.ts';
import { opkgKeys, trustIndex, type OpkgTrust } from './trust.ts';

/** Feeds as the command line names them. */
export interface LocalOpkgFeeds {
  /** Folders with Packages, such files, .ipk files, or URLs of such folders. */
  readonly feeds: readonly string[];
  readonly keys?: readonly string[] | undefined;
  readonly allowUntrusted: boolean;
}

export interface LocalOpkg {
  readonly universe: OpkgUniverse;
  readonly packages: readonly OpkgIndexPackage[];
  /** The files of a package that lies in a folder; undefined for others. */
  readonly filesOf: (pkg: OpkgPackage) => Promise<OpkgFiles | undefined>;
}

/** What ImageBuilder installs from files before all else, in this order: they are in no index. */
const fromFiles = ['libc', 'kernel'] as const;

/**
 * Opens the feeds that a person points at. libc and kernel are taken from .ipk files that are named or lie beside an index.
 *
 * @throws KilopyError KP5105 for a path that is no feed, KP5107 without signature, and those of openOpkgFeed
 */
export async function openLocalOpkgFeeds(
  ctx: Context,
  store: Store,
  { feeds, keys, allowUntrusted }: LocalOpkgFeeds,
  architecture: string,
): Promise<LocalOpkg> {
  const trust: OpkgTrust = allowUntrusted
    ? { untrustedBecause: '--allow-untrusted' }
    : { keys: await opkgKeys(ctx, keys ?? [], keys === undefined) };
  const packages: OpkgIndexPackage[] = [];
  const byHand: OpkgIndexPackage[] = [];
  if (feeds.length === 0) throw notAFeed('', ctx.cwd, 'No feed is named.');
  for (const place of feeds) {
    if (/^https?:\/\//u.test(place)) {
      const settings = [{ name: 'local', url: place, keys, isOpenwrt: keys === undefined, allowUntrusted }];
      const freshness = { offline: store.offline, locked: false };
      const { universe } = await openOpkgFeed(ctx, store, settings, architecture, freshness);
      for (const { packages: named } of universe.names) packages.push(...(named as readonly OpkgIndexPackage[]));
      continue;
    }
    const path = place.startsWith('file:') ? fileURLToPath(place) : resolve(ctx.cwd, place);
    if (path.endsWith('.ipk')) {
      byHand.push(await readIpk(ctx, path));
      continue;
    }
    const index = await indexFile(ctx, place, path);
    packages.push(...(await readIndex(ctx, index, trust)));
    for (const name of fromFiles) {
      const found = await newestBeside(ctx, dirname(index), name);
      if (found !== undefined && !byHand.some((one) => one.name === name)) byHand.push(await readIpk(ctx, found));
    }
  }
  if (allowUntrusted) ctx.emit({ type: 'warning', text: 'signatures are not checked (--allow-untrusted)' });
  return {
    universe: opkgUniverse(
      packages,
      byHand.toSorted((a, b) => rankOf(a) - rankOf(b)),
      opkgPriorities(architecture),
    ),
    packages,
    filesOf: filesReader(ctx),
  };
}

/** libc, kernel, and then what else is given as a file. */
function rankOf({ name }: OpkgIndexPackage): number {
  const rank = fromFiles.findIndex((one) => one === name);
  return rank === -1 ? fromFiles.length : rank;
}

async function indexFile(ctx: Context, place: string, path: string): Promise<string> {
  if (!(await ctx.fs.exists(path))) throw notAFeed(place, path, 'It is neither a file nor a folder.');
  if (!(await ctx.fs.stat(path)).isDirectory()) return path;
  for (const name of ['Packages', 'Packages.gz']) if (await ctx.fs.exists(join(path, name))) return join(path, name);
  throw notAFeed(place, path, 'It has neither Packages nor Packages.gz.');
}

async function readIndex(ctx: Context, path: string, trust: OpkgTrust): Promise<readonly OpkgIndexPackage[]> {
  const signaturePath = join(dirname(path), 'Packages.sig');
  const signature = (await ctx.fs.exists(signaturePath)) ? await ctx.fs.readText(signaturePath) : undefined;
  const { value } = trustIndex(await ctx.fs.readFile(path), signature, trust, path, ctx.limits.indexBytes);
  const text = Buffer.from(value).toString('utf8') as Verified<string>;
  const folder = pathToFileURL(dirname(path)).href;
  return parseOpkgIndex(text, { feed: 'local', folder, where: path, maxPackages: ctx.limits.entries });
}

/** A package that is given as a file. */
export async function readIpk(ctx: Context, path: string): Promise<OpkgIndexPackage> {
  const bytes = await ctx.fs.readFile(path);
  const { control } = readIpkControl(bytes, ctx.limits, path);
  const origin = { feed: 'file', folder: pathToFileURL(dirname(path)).href, where: path };
  return {
    ...opkgPackage(control, origin, true),
    filename: basename(path),
    sha256: hexOf(sha256(bytes)),
    sizeBytes: bytes.length,
  };
}

/** `kernel_*.ipk` in a folder; of several the last name, which is the newest of one series. */
async function newestBeside(ctx: Context, folder: string, name: string): Promise<string | undefined> {
  const names = (await ctx.fs.readDirectory(folder)).map((entry) => entry.name);
  const found = names.filter((file) => file.startsWith(`${name}_`) && file.endsWith('.ipk')).sort();
  const last = found.at(-1);
  return last === undefined ? undefined : join(folder, last);
}

function filesReader(ctx: Context): LocalOpkg['filesOf'] {
  return async (pkg) => {
    const { folder, filename, name } = pkg as OpkgIndexPackage;
    if (!folder.startsWith('file:') || filename === '') return undefined;
    const path = join(fileURLToPath(folder), filename);
    if (!(await ctx.fs.exists(path))) return undefined;
    return readIpkFiles(await ctx.fs.readFile(path), ctx.limits, name);
  };
}

function notAFeed(place: string, path: string, why: string): KilopyError {
  return new KilopyError('KP5105', `${place === '' ? 'nothing' : place} is no opkg feed`, { where: path, why });
}
