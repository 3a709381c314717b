import { join, sep } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { FileSystem } from '../io/file-system.ts';
import type { BlobRef, BlobSink } from '../values/blob.ts';
import type { App, AppFile } from './app.ts';
import { createSelector, type Selection } from './left-out.ts';

type Status = Awaited<ReturnType<FileSystem['lstat']>>;

/** Larger files go to the store in pieces. */
const streamedFromBytes = 8 * 2 ** 20;

/**
 * Puts every file of the folder that the selection takes into the store. Empty folders are not part of an application,
 * as git does not keep them either.
 *
 * @throws KilopyError KP3003 or KP3004: the first fault, with all the others in `others`
 */
export async function listFiles(
  ctx: Context,
  store: BlobSink,
  folder: string,
  selection: Selection,
): Promise<Pick<App, 'files' | 'leftOut'>> {
  const selector = createSelector(selection);
  const files: AppFile[] = [];
  const leftOut: string[] = [];
  const faults: KilopyError[] = [];
  const root = await ctx.fs.realPath(folder);
  await visitFolder('', new Set([root]));
  const [first, ...others] = faults;
  if (first !== undefined) {
    const { where, why, fix, data, cause } = first;
    throw new KilopyError(first.code, first.message, { where, why, fix, data, cause, others });
  }
  return { files: files.sort((a, b) => compareBytes(a.path, b.path)), leftOut: leftOut.sort(compareBytes) };

  async function visitFolder(path: string, above: ReadonlySet<string>): Promise<void> {
    let entries;
    try {
      entries = await ctx.fs.readDirectory(join(folder, path));
    } catch (error) {
      faults.push(unusable(path, 'the folder cannot be read', error));
      return;
    }
    for (const entry of entries) {
      ctx.signal.throwIfAborted();
      const inside = path === '' ? entry.name : `${path}/${entry.name}`;
      if (!selector.folder(inside)) leftOut.push(inside);
      else await visit(inside, above);
    }
  }

  async function visit(path: string, above: ReadonlySet<string>): Promise<void> {
    const place = join(folder, path);
    let status: Status;
    try {
      status = await ctx.fs.lstat(place);
      if (status.isSymbolicLink()) {
        const real = await ctx.fs.realPath(place);
        if (!real.startsWith(root === sep ? sep : root + sep) || above.has(real)) {
          const target = await ctx.fs.readLink(place);
          faults.push(leadsOut(path, target, above.has(real) ? 'that is a folder above it' : 'that is outside'));
          return;
        }
        status = await ctx.fs.stat(place);
      }
    } catch (error) {
      if (path.includes('\ufffd')) faults.push(unusable(path, 'its name is not UTF-8', error));
      else if ((error as NodeJS.ErrnoException).code === 'ENOENT') faults.push(await danglingOrGone(path, error));
      else faults.push(unusable(path, 'it cannot be read', error));
      return;
    }
    if (status.isDirectory()) await visitFolder(path, new Set([...above, await ctx.fs.realPath(place)]));
    else if (!selector.file(path)) leftOut.push(path);
    else if (!status.isFile()) faults.push(unusable(path, `it is ${kindOf(status)}`));
    else if (status.size > BigInt(ctx.limits.fileBytes))
      faults.push(unusable(path, `it is larger than ${String(ctx.limits.fileBytes)} bytes`));
    else await take(path, status);
  }

  async function take(path: string, status: Status): Promise<void> {
    const place = join(folder, path);
    let unread: unknown;
    let content: BlobRef;
    try {
      if (status.size < BigInt(streamedFromBytes)) {
        content = await store.put(await ctx.fs.readFile(place).catch(remember));
      } else {
        content = await store.putStream(remembering(ctx.fs.readStream(place)));
      }
    } catch (error) {
      if (error !== unread) throw error;
      faults.push(unusable(path, 'it cannot be read', error));
      return;
    }
    files.push({ path, content, executable: (status.mode & 0o100n) !== 0n });

    /** Tells a fault of the file from one of the store, which is not the application's. */
    function remember(error: unknown): never {
      unread = error;
      throw error;
    }

    async function* remembering(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
      try {
        yield* chunks;
      } catch (error) {
        remember(error);
      }
    }
  }

  async function danglingOrGone(path: string, error: unknown): Promise<KilopyError> {
    try {
      return leadsOut(path, await ctx.fs.readLink(join(folder, path)), 'there is nothing');
    } catch {
      return unusable(path, 'it went away while it was read', error);
    }
  }
}

function kindOf(status: Status): string {
  if (status.isSocket()) return 'a socket';
  if (status.isFIFO()) return 'a pipe';
  return 'a device';
}

function unusable(path: string, why: string, cause?: unknown): KilopyError {
  return new KilopyError('KP3003', `${path === '' ? 'the folder' : path} cannot go into the image`, {
    where: { file: path },
    why: cause instanceof Error && !path.includes('\ufffd') ? `${why}: ${cause.message}` : why,
    data: { path },
    cause,
  });
}

function leadsOut(path: string, target: string, why: string): KilopyError {
  return new KilopyError('KP3004', `the link ${path} leads to ${target}`, {
    where: { file: path },
    why,
    data: { path, target },
  });
}

/** Paths by their UTF-8 bytes, which is not JavaScript's order of UTF-16 units. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
