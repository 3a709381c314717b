import { openDebFeed } from '../../feed/deb/index.ts';
import { readDebFiles } from '../../feed/deb/package.ts';
import { debIndexSources } from '../../feed/deb/sources.ts';
import { debVersionRules } from '../../feed/deb/version.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { LockMode } from '../../lock/lock-matches.ts';
import type { LockPackage } from '../../lock/lock.ts';
import type { Board, DebianKernel } from '../../machine/qemu-system/board.ts';
import type { KernelFiles } from '../../runtime/kernel/kernel-files.ts';
import { download } from '../../store/download.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';
import { nameArchives, type Archives } from '../archives.ts';
import { neededModules } from './needed-modules.ts';

/** Debian's kernel for a board, with the modules that its network card needs, in the order in which they are loaded. */
export interface DebianKernelFiles {
  readonly kernel: KernelFiles;
  readonly modules: readonly { readonly name: string; readonly content: BlobRef }[];
  readonly locked: LockPackage;
}

/** What the lock says about it, and how much that counts. */
export interface DebianQuestion {
  readonly locked: LockPackage | undefined;
  readonly mode: LockMode;
  /** Path of the lock, for messages. */
  readonly file: string;
}

/** The suite whose kernels were tried, and the last one with MIPS. */
const suite = 'bookworm';
const kind = 'debian-kernel-1';

/**
 * Out of the package that the lock names, else the newest of Debian's signed archive with its security fixes.
 *
 * @throws KilopyError KP9213 where Debian has none, KP5602 when the lock must have it and has not
 */
export async function debianKernel(
  ctx: Context,
  store: Store,
  board: Board,
  { locked, mode, file }: DebianQuestion,
): Promise<DebianKernelFiles> {
  const { debianKernel: wanted } = board;
  if (wanted === undefined) {
    throw new KilopyError('KP9213', `Debian has no kernel for ${board.name}`, {
      fix: 'leave --kernel out: kilopy builds one from Debian’s source',
    });
  }
  const known = mode === 'update' || locked?.reason !== wanted.package ? undefined : locked;
  if (known === undefined && mode === 'locked') {
    throw new KilopyError('KP5602', `${file} has no kernel of Debian for ${board.name}`, {
      why: '--locked builds only from what is written there',
      fix: 'run once with --kernel debian and without --locked, and commit kilopy.lock',
    });
  }
  const sources = await debIndexSources(ctx, { suite });
  const archives = nameArchives(sources);
  const chosen = known ?? (await newest(ctx, store, wanted, archives));
  const label = `${chosen.name} ${chosen.version}`;
  const url = `${archives.urlOf(chosen.feed) ?? ''}/${chosen.path}`;
  const deb = await download(ctx, store, {
    url,
    digest: `sha256:${chosen.sha256}`,
    sizeBytes: chosen.sizeBytes,
    label,
  });
  const files = await unpacked(ctx, store, deb, label, wanted.modules);
  const release = chosen.name.replace(/^linux-image-/u, '');
  const { vmlinux, config } = files;
  return {
    locked: chosen,
    modules: files.modules,
    kernel: {
      board: board.name,
      variant: 'initramfs',
      release,
      source: label,
      recipe: deb.digest,
      files: { vmlinux, config },
    },
  };
}

async function newest(
  ctx: Context,
  store: Store,
  { package: name, architecture }: DebianKernel,
  archives: Archives,
): Promise<LockPackage> {
  const freshness = { offline: store.offline, locked: false };
  const feed = await openDebFeed(ctx, store, { suite }, architecture, freshness);
  const [meta] = feed.candidates(name).toSorted((a, b) => debVersionRules.compare(b.version, a.version));
  const image = meta?.depends.flat().find((one) => one.name.startsWith('linux-image-'));
  const found = feed.candidates(image?.name ?? '').find(({ version }) => version === meta?.version);
  if (found === undefined) throw new KilopyError('KP5053', `${suite} has no ${name}`, { data: { name, suite } });
  const { url, sizeBytes, digest } = feed.locate(found);
  const { name: archive, path } = archives.split(url);
  const { version } = found;
  const sha256 = digest.slice('sha256:'.length);
  return { name: found.name, version, architecture, feed: archive, path, sizeBytes, sha256, reason: name };
}

interface Unpacked {
  readonly vmlinux: BlobRef;
  readonly config: BlobRef;
  readonly modules: DebianKernelFiles['modules'];
}

/** Kernel, configuration and these modules with what they need; remembered, because the package has some hundred MB. */
async function unpacked(
  ctx: Context,
  store: Store,
  deb: BlobRef,
  label: string,
  wanted: readonly string[],
): Promise<Unpacked> {
  const key = `${deb.digest} ${wanted.join(' ')}`;
  const known = await store.recall(kind, key);
  if (known !== undefined) {
    const files = JSON.parse(Buffer.from(known).toString()) as Unpacked;
    const blobs = [files.vmlinux, files.config, ...files.modules.map(({ content }) => content)];
    if ((await Promise.all(blobs.map(async ({ digest }) => await store.has(digest)))).every(Boolean)) return files;
  }
  ctx.emit({ type: 'step.started', step: 'kernel', title: `unpacking ${label}` });
  const found = await readDebFiles(ctx, store, deb, label, (path) =>
    /^boot\/(?:vmlinu[xz]|config)-|^(?:usr\/)?lib\/modules\/[^/]+\/kernel\/drivers\/(?:net|virtio)\/.*\.ko$|\/net\/core\/.*\.ko$/u.test(
      path,
    ),
  );
  const one = async (start: string): Promise<BlobRef> => {
    const [, bytes] = [...found].find(([path]) => path.startsWith(start)) ?? [];
    if (bytes === undefined) throw new KilopyError('KP5060', `${label} has no ${start}*`);
    return await store.put(bytes);
  };
  const modules: { name: string; content: BlobRef }[] = [];
  for (const { name, bytes } of neededModules(found, wanted)) modules.push({ name, content: await store.put(bytes) });
  const files = { vmlinux: await one('boot/vmlinu'), config: await one('boot/config-'), modules };
  await store.remember(kind, key, Buffer.from(JSON.stringify(files)));
  ctx.emit({ type: 'step.finished', step: 'kernel' });
  return files;
}
