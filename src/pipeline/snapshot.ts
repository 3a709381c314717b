import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Context } from '../io/context.ts';

/** What a file looked like: enough to know that it is the same without reading it again, and its digest in case of doubt. */
export interface FileRecord {
  readonly path: string;
  readonly size: string;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  readonly inode: string;
  readonly mode: number;
  readonly sha256: string;
}

/** The state of files and folders at one moment, as JSON that a later process can compare the disk with. */
export interface Snapshot {
  readonly takenAtMs: number;
  /** Folders with the names in them, so that an added file is seen. */
  readonly folders: readonly (readonly [path: string, names: readonly string[]])[];
  readonly files: readonly FileRecord[];
}

/** Folders that never hold input and may be large. */
const ignoredFolders = new Set(['.git', 'node_modules', '__pycache__']);

/** Takes the state of whole folders (without `skip`) and of single files. Absent paths are recorded as absent. */
export async function takeSnapshot(
  ctx: Context,
  folders: readonly string[],
  files: readonly string[],
  skip: ReadonlySet<string>,
): Promise<Snapshot> {
  const listed: [string, string[]][] = [];
  const paths: string[] = [...files];
  for (const folder of folders) await walk(ctx, folder, skip, listed, paths);
  const records: FileRecord[] = [];
  for (const path of paths) {
    const record = await recordFile(ctx, path);
    if (record !== undefined) records.push(record);
  }
  return { takenAtMs: ctx.clock.now(), folders: listed, files: records };
}

/** True when the disk still is as the snapshot says. */
export async function isUnchanged(ctx: Context, snapshot: Snapshot, skip: ReadonlySet<string>): Promise<boolean> {
  for (const [folder, names] of snapshot.folders) {
    const now = await namesIn(ctx, folder, skip);
    if (now === undefined || now.length !== names.length || now.some((name, i) => name !== names[i])) return false;
  }
  for (const file of snapshot.files) if (!(await isSameFile(ctx, file, snapshot.takenAtMs))) return false;
  return true;
}

async function walk(
  ctx: Context,
  folder: string,
  skip: ReadonlySet<string>,
  listed: [string, string[]][],
  paths: string[],
): Promise<void> {
  const names: string[] = [];
  for (const entry of await ctx.fs.readDirectory(folder)) {
    const path = join(folder, entry.name);
    if (ignoredFolders.has(entry.name) || skip.has(path)) continue;
    names.push(entry.name);
    if (entry.isDirectory()) await walk(ctx, path, skip, listed, paths);
    else if (entry.isFile() || entry.isSymbolicLink()) paths.push(path);
  }
  listed.push([folder, names]);
}

async function namesIn(
  ctx: Context,
  folder: string,
  skip: ReadonlySet<string>,
): Promise<readonly string[] | undefined> {
  try {
    const entries = await ctx.fs.readDirectory(folder);
    return entries
      .map((entry) => entry.name)
      .filter((name) => !ignoredFolders.has(name) && !skip.has(join(folder, name)));
  } catch {
    return undefined;
  }
}

async function recordFile(ctx: Context, path: string): Promise<FileRecord | undefined> {
  try {
    const stat = await ctx.fs.stat(path);
    if (!stat.isFile()) return undefined;
    return { path, ...identity(stat), sha256: await hashFile(ctx, path, stat.size) };
  } catch {
    return undefined;
  }
}

interface Identity {
  readonly size: string;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  readonly inode: string;
  readonly mode: number;
}

function identity(stat: Awaited<ReturnType<Context['fs']['stat']>>): Identity {
  return {
    size: String(stat.size),
    mtimeNs: String(stat.mtimeNs),
    ctimeNs: String(stat.ctimeNs),
    inode: String(stat.ino),
    mode: Number(stat.mode),
  };
}

/** File systems stamp in ticks of some milliseconds: an equal stamp younger than this before the snapshot proves nothing. */
const racyMs = 2000;

async function isSameFile(ctx: Context, file: FileRecord, takenAtMs: number): Promise<boolean> {
  try {
    const stat = await ctx.fs.stat(file.path);
    if (String(stat.size) !== file.size || Number(stat.mode) !== file.mode) return false;
    const now = identity(stat);
    const sameStamps = now.mtimeNs === file.mtimeNs && now.ctimeNs === file.ctimeNs && now.inode === file.inode;
    if (sameStamps && Number(stat.ctimeMs) + racyMs < takenAtMs) return true;
    return (await hashFile(ctx, file.path, stat.size)) === file.sha256;
  } catch {
    return false;
  }
}

/** Larger files are read in pieces. */
const streamedFromBytes = 2 ** 20;

async function hashFile(ctx: Context, path: string, sizeBytes: bigint): Promise<string> {
  const hash = createHash('sha256');
  if (sizeBytes < streamedFromBytes) return hash.update(await ctx.fs.readFile(path)).digest('hex');
  for await (const chunk of ctx.fs.readStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
