import { join } from 'node:path';
import { sha256 } from '../crypto/digest.ts';
import { readKeyFiles } from '../emit/openwrt-service/key-files.ts';
import type { Context } from '../io/context.ts';
import { packageRoot } from '../io/package-root.ts';
import { version } from '../io/version.ts';
import type { Store } from '../store/store.ts';
import type { BuildRequest, BuildResult } from './build-request.ts';
import { isUnchanged, takeSnapshot, type Snapshot } from './snapshot.ts';

/**
 * Remembers what a build read and wrote, so that the same command with nothing changed is over before anything is
 * loaded. A change of any input, output, option, of SOURCE_DATE_EPOCH or of kilopy itself makes it build.
 */
interface Memory {
  readonly inputs: Snapshot;
  readonly outputs: Snapshot;
  readonly result: BuildResult;
}

const kind = 'build-memory-1';

/** The earlier result, when doing it again would give the same files. */
export async function recallBuild(ctx: Context, store: Store, request: BuildRequest): Promise<BuildResult | undefined> {
  const bytes = await store.recall(kind, await memoryKey(ctx, request));
  if (bytes === undefined) return undefined;
  const memory = JSON.parse(new TextDecoder().decode(bytes)) as Memory;
  const skip = new Set([request.outDir]);
  const same = (await isUnchanged(ctx, memory.inputs, skip)) && (await isUnchanged(ctx, memory.outputs, new Set()));
  return same ? { ...memory.result, upToDate: true } : undefined;
}

/** `read` and `written` are absolute paths of files and folders; the application's folder counts as read. */
export async function rememberBuild(
  ctx: Context,
  store: Store,
  request: BuildRequest,
  result: BuildResult,
  read: readonly string[],
  written: readonly string[],
): Promise<void> {
  const inputs = await snapshotOf(ctx, [request.folder, ...read], new Set([request.outDir]));
  const outputs = await snapshotOf(ctx, written, new Set());
  const memory: Memory = { inputs, outputs, result };
  await store.remember(kind, await memoryKey(ctx, request), new TextEncoder().encode(JSON.stringify(memory)));
}

async function snapshotOf(ctx: Context, paths: readonly string[], skip: ReadonlySet<string>): Promise<Snapshot> {
  const folders: string[] = [];
  const files: string[] = [];
  for (const path of paths) ((await ctx.fs.stat(path)).isDirectory() ? folders : files).push(path);
  return await takeSnapshot(ctx, folders, files, skip);
}

async function memoryKey(ctx: Context, request: BuildRequest): Promise<string> {
  const { folder, overrides, outDir, compress, device } = request;
  const facts = {
    version,
    code: await codeStamp(ctx),
    folder,
    overrides,
    outDir,
    compress,
    device,
    epoch: ctx.env.SOURCE_DATE_EPOCH,
    // Of the output openwrt-service. What they are is nobody's business, but for whether they changed.
    keys: await readKeyFiles(ctx),
  };
  return sha256(new TextEncoder().encode(JSON.stringify(facts)));
}

/** In a checkout the compiled code changes without a new version. */
async function codeStamp(ctx: Context): Promise<string> {
  try {
    return String((await ctx.fs.stat(join(packageRoot, 'build/.stamp'))).mtimeNs);
  } catch {
    return 'released';
  }
}
