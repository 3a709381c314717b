import { KilopyError } from '../errors/kilopy-error.ts';
import { openDebFeed } from '../feed/deb/index.ts';
import type { DebIndexPackage } from '../feed/deb/index-package.ts';
import { debVersionRules } from '../feed/deb/version.ts';
import type { PackageEntry } from '../feed/package-entry.ts';
import type { Context } from '../io/context.ts';
import { mapParallel } from '../io/parallel.ts';
import { solveDeb } from '../solve/deb/solve-deb.ts';
import { explanationError } from '../solve/explain.ts';
import type { Store } from '../store/store.ts';
import type { RootPlan } from './build-in-root.ts';
import { inScratch } from './full-disk.ts';
import { requireCompiler } from './require-compiler.ts';

/** Which state of Debian's archive is meant. */
export interface DebianState {
  /** A moment at snapshot.debian.org, `YYYYMMDDTHHMMSSZ`. */
  readonly snapshot?: string | undefined;
  /** Asks whether there is something newer than the stored indexes. */
  readonly update?: boolean | undefined;
}

/** Packages of a Debian suite, chosen, that together are the root file system of a build. */
interface DebianRootPlan extends RootPlan {
  readonly packages: readonly DebIndexPackage[];
}

/**
 * Chooses packages of bookworm with its security fixes for the processor of this computer: what they need comes with them, and
 * nothing of this computer's own programs is used.
 *
 * @throws KilopyError KP50xx, KP55xx, KP60xx, KP9104, KP9211
 */
export async function planDebianRoot(
  ctx: Context,
  store: Store,
  wishes: readonly string[],
  { snapshot, update = false }: DebianState = {},
): Promise<DebianRootPlan> {
  const architecture = await requireCompiler(ctx);
  const feed = await openDebFeed(ctx, store, { suite: 'bookworm', snapshot }, architecture, {
    offline: store.offline,
    locked: !update,
  });
  const solution = solveDeb({
    universe: feed.universe,
    wishes: wishes.map((text) => ({ text })),
    rules: debVersionRules,
    architecture,
  });
  if (!solution.ok) throw withoutCompiler(architecture, wishes, explanationError(solution.explanation));
  const packages = solution.plan.steps.map(({ package: chosen }) => chosen as DebIndexPackage);
  return {
    packages,
    // What maintainer scripts would do.
    setup: 'ln -sf mawk /usr/bin/awk',
    async unpack(folder) {
      const made = new Set<string>();
      const payloads = await mapParallel(packages, 2, async (pkg) => await feed.payload(ctx, store, pkg));
      for (const { entries } of payloads) {
        for (const entry of entries) await inScratch(ctx, async () => await place(ctx, store, folder, entry, made));
      }
    },
  };
}

/** On arm64 Debian lacks compilers for some machines. */
function withoutCompiler(architecture: string, wishes: readonly string[], cause: KilopyError): KilopyError {
  const compiler = wishes.find((wish) => /^gcc-.*-linux-/.test(wish));
  if (architecture === 'amd64' || compiler === undefined) return cause;
  return new KilopyError('KP9211', `Debian has no ${compiler} for ${architecture} computers`, {
    why: cause.message,
    fix: 'compile this target on amd64 and export it as a feed of runtimes: docs/runtime.md',
    cause,
  });
}

/** Of documentation, licences of compilers are used. */
const leftOut = /^usr\/share\/(?:doc|man|locale|info|lintian|bug)\/(?!gcc-\d+-base\/copyright$)/;

async function place(
  ctx: Context,
  store: Store,
  folder: string,
  entry: PackageEntry,
  made: Set<string>,
): Promise<void> {
  ctx.signal.throwIfAborted();
  const { fs } = ctx;
  if (leftOut.test(entry.path)) return;
  const path = `${folder}/${entry.path}`;
  const parent = path.slice(0, path.lastIndexOf('/'));
  if (!made.has(parent)) {
    await fs.makeDirectory(parent);
    made.add(parent);
  }
  if (entry.type === 'directory') return;
  // A file that two packages have is the later one's, as dpkg's Replaces would settle it.
  await fs.remove(path);
  if (entry.type === 'symlink') await fs.symlink(entry.target, path);
  else if (entry.type === 'file') {
    // oxlint-disable-next-line no-bitwise -- permission bits
    await fs.writeFile(path, await store.read(entry.content), 0o600);
    await fs.chmod(path, entry.mode & 0o777);
  }
}
