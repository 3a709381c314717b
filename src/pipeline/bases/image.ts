import { basename, join } from 'node:path';
import { sha256, createHasher } from '../../crypto/digest.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { LockSection, LockSource } from '../../lock/lock.ts';
import type { ImageSettings, PackageFamily } from '../../spec/bases.ts';
import type { Spec } from '../../spec/spec.ts';
import { formatReference, parseReference } from '../../registry/reference.ts';
import type { Store } from '../../store/store.ts';
import { resolvePath } from '../../tree/paths.ts';
import type { Digest } from '../../values/digest.ts';
import { nameArchives, type Archives } from '../archives.ts';
import { alpineBase } from './alpine.ts';
import type { BaseAnswer, BaseFeed, BaseQuestion, BelowQuestion, BelowTree, FetchedPackage } from './base-feed.ts';
import { debianBase } from './debian.ts';
import { readBelow, statOf } from './image/below-image.ts';
import { managerOf, packageFamily } from './image/package-family.ts';
import { presentPackages } from './image/present-packages.ts';
import { recordPackages } from './image/record-packages.ts';
import { askDigest } from './image/registry-files.ts';
import { openwrtBase } from './openwrt.ts';
import { wolfiBase } from './wolfi.ts';
import { alpineDefaults, debianDefaults, openwrtDefaults, wolfiDefaults } from '../../spec/bases.ts';

const program = '/usr/bin/micropython';

const families: Readonly<Record<PackageFamily['name'], BaseFeed>> = {
  debian: debianBase,
  alpine: alpineBase,
  wolfi: wolfiBase,
  openwrt: openwrtBase,
};

const usual: readonly PackageFamily[] = [
  { name: 'debian', settings: debianDefaults },
  { name: 'alpine', settings: alpineDefaults },
  { name: 'wolfi', settings: wolfiDefaults },
  { name: 'openwrt', settings: openwrtDefaults },
];

/**
 * An image that exists already: of a registry, an OCI layout in a folder, an archive with images, or a root file system
 * as tar, cpio, ext4 or squashfs. What it holds is never thinned. Packages come from the distribution that it is of, whose solver takes what the
 * image has as given; its layers stay as they are. The lock keeps its digest.
 */
export const imageBase: BaseFeed = {
  runtimePackage: () => undefined,
  wishName: (text) => /^[^\s:=<>~(/]+/u.exec(text)?.[0] ?? text,
  archives,
  solve,
  async checkLocked(ctx, _store, { spec, section, file }) {
    const settings = settingsOf(spec);
    // A registry gives what the digest says, whatever its tag stands for by now.
    if (settings.from === 'registry') return;
    const [now, then] = [await digestOfPath(ctx, settings), lockedDigest(section)];
    if (now === then) return;
    throw new KilopyError('KP5601', `${file} was made on another ${settings.shown}`, {
      where: file,
      why: `its digest is ${now}, and was ${then ?? 'not there'}`,
    });
  },
  urlPath: (path) => feedOfFile(path).urlPath(path),
  unpack: async (ctx, store, blob, locked) => await feedOfFile(locked.path).unpack(ctx, store, blob, locked),
  replacesRule: (packages: readonly FetchedPackage[]) => {
    const [first] = packages;
    return first === undefined ? () => false : feedOfFile(first.locked.path).replacesRule(packages);
  },
  usrMerge: () => undefined,
  tree: readBase,
  record: recordPackages,
};

function settingsOf({ base }: Spec): ImageSettings {
  if (base.name !== 'image') throw new TypeError(`the base ${base.name} is no image`);
  return base.settings;
}

/** Each distribution has its own names of archives, so all are known before the image says which one it is of. */
async function archives(ctx: Context, spec: Spec): Promise<Archives> {
  if (spec.packages.length === 0) return nameArchives([]);
  const { family } = settingsOf(spec);
  const each = await Promise.all(
    (family === undefined ? usual : [family]).map(async (one) => {
      const feeds = spec.feeds.filter(({ kind }) => kind === kindOf(one));
      return await families[one.name].archives(ctx, { ...spec, base: one, feeds });
    }),
  );
  const none = nameArchives([]);
  return {
    ...none,
    urlOf: (name) => each.map((one) => one.urlOf(name)).find((url) => url !== undefined),
  };
}

function kindOf(family: PackageFamily): 'deb' | 'apk' | 'opkg' {
  const manager = managerOf(family);
  return manager === 'dpkg' ? 'deb' : manager;
}

async function solve(ctx: Context, store: Store, question: BaseQuestion): Promise<BaseAnswer> {
  const { spec, target, wishes } = question;
  const settings = settingsOf(spec);
  const { path, shown } = settings;
  const digest =
    settings.from === 'registry' ? await askDigest(ctx, store, settings) : await digestOfPath(ctx, settings);
  const source: LockSource = {
    archive: 'image',
    path: settings.from === 'registry' ? formatReference(parseReference(path)) : basename(path),
    date: new Date(0).toISOString(),
    digest,
    trust: 'untrusted',
  };
  if (wishes.length === 0) return { sources: [source], packages: [] };

  const { tree } = await readBelow(ctx, store, settings, target, digest);
  const present = await presentPackages(tree, store, shown);
  const family = settings.family ?? (await packageFamily(tree, store, shown, present));
  const feeds = spec.feeds.filter(({ kind }) => kind === kindOf(family));
  const inner: Spec = { ...spec, base: { ...family, where: spec.base.where }, feeds };
  const base = families[family.name];
  const counted = present?.manager === managerOf(family) ? present : undefined;
  const answer = await base.solve(ctx, store, {
    ...question,
    spec: inner,
    archives: await base.archives(ctx, inner),
    present: counted,
  });
  return { ...answer, sources: [source, ...answer.sources] };
}

/** Every package manager has an ending of its own. */
function feedOfFile(path: string): BaseFeed {
  if (path.endsWith('.deb')) return debianBase;
  return path.endsWith('.ipk') ? openwrtBase : alpineBase;
}

async function readBase(ctx: Context, store: Store, question: BelowQuestion): Promise<BelowTree> {
  const { spec, target, section, packages } = question;
  const settings = settingsOf(spec);
  const digest = lockedDigest(section);
  if (digest === undefined) throw new TypeError('a lock without the digest of the image');
  const { tree, image } = await readBelow(ctx, store, settings, target, digest);
  const brings = packages.some(({ payload }) => payload.entries.some(({ path }) => path === program.slice(1)));
  if (!brings && resolvePath(tree, program).node?.type !== 'file') {
    throw new KilopyError('KP2014', `${settings.shown} has no ${program}`, {
      where: spec.base.where,
      fix: 'add it: packages: [micropython] (--packages micropython)',
    });
  }
  return {
    tree,
    image: settings.flatten && image !== undefined ? { ...image, layers: undefined } : image,
    keepsPackagesWhole: (await presentPackages(tree, store, settings.shown)) !== undefined,
  };
}

function lockedDigest({ sources }: LockSection): Digest | undefined {
  return sources.find(({ archive }) => archive === 'image')?.digest;
}

/** Of an archive its own, of a layout that of its index, which names everything else by digest. */
async function digestOfPath(ctx: Context, { path, shown }: ImageSettings): Promise<Digest> {
  const stat = await statOf(ctx, path, shown);
  if (stat.isDirectory()) return sha256(await ctx.fs.readFile(join(path, 'index.json')));
  const hasher = createHasher();
  for await (const chunk of ctx.fs.readStream(path)) hasher.update(chunk);
  return hasher.digest();
}
