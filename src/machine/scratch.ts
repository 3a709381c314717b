import { join } from 'node:path';
import type { Context } from '../io/context.ts';
import { formatMark, ownMark, parseMark, stateOf } from '../io/process-mark.ts';
import { removeTree } from '../io/remove-tree.ts';

/** `/kilopy-run-XXXXXX/65535` must fit behind it in the 108 bytes of a Unix socket's path (unix(7)). */
const longestFolderBytes = 80;
const prefix = 'kilopy-run-';
/** Names the process that a folder belongs to. Not a part of the folder's name, which must be short. */
const ownerFile = 'owner';
/** A folder that no process of this machine claims may be of another container. */
const foreignAgeMs = 24 * 3600 * 1000;

/** A private folder for one run, on the host's file system. Removes those of runs that were killed. */
export async function makeScratch(ctx: Context): Promise<string> {
  const { tempFolder } = ctx.host;
  const parent = Buffer.byteLength(tempFolder) > longestFolderBytes ? '/tmp' : tempFolder;
  await removeAbandoned(ctx, parent);
  const folder = await ctx.fs.makeTempDirectory(join(parent, prefix));
  await ctx.fs.writeFile(join(folder, ownerFile), formatMark(ownMark()));
  return folder;
}

/** Lets a folder belong to another process from now on, whose end makes it abandoned. */
export async function giveScratch(ctx: Context, folder: string, pid: number, start: string): Promise<void> {
  await ctx.fs.writeFile(join(folder, ownerFile), formatMark({ ...ownMark(), pid, start }));
}

async function removeAbandoned(ctx: Context, parent: string): Promise<void> {
  const entries = await ctx.fs.readDirectory(parent).catch(() => []);
  for (const { name } of entries) {
    const path = join(parent, name);
    // Somebody else's, or gone in the meantime: not ours to worry about.
    if (name.startsWith(prefix) && (await isAbandoned(ctx, path))) await removeTree(ctx, path).catch(() => undefined);
  }
}

async function isAbandoned(ctx: Context, path: string): Promise<boolean> {
  const text = await ctx.fs.readText(join(path, ownerFile)).catch(() => '');
  const mark = parseMark(text);
  const state = mark === undefined ? 'unknown' : stateOf(mark);
  if (state !== 'unknown') return state === 'dead';
  const status = await ctx.fs.lstat(path).catch(() => undefined);
  return status !== undefined && ctx.clock.now() - Number(status.mtimeMs) > foreignAgeMs;
}
