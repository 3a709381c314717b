import type { Context } from '../io/context.ts';
import { removeLeftovers } from '../io/leftovers.ts';
import { openStore } from '../store/store.ts';
import { recallBuild } from './build-memory.ts';
import type { BuildRequest, BuildResult } from './build-request.ts';

/**
 * The whole line: from a folder with a main.py to files in the output folder. What builds is loaded only when there is
 * something to build.
 */
export async function build(ctx: Context, given: BuildRequest): Promise<BuildResult> {
  const { device } = given;
  const request = device === undefined ? given : (await import('./for-device.ts')).forDevice(given, device);
  for (const folder of [request.folder, request.outDir]) await removeLeftovers(ctx, folder);
  const store = await openStore(ctx, undefined, { offline: request.offline });
  const same = request.lock === 'update' ? undefined : await recallBuild(ctx, store, request);
  if (same !== undefined) return same;
  const { buildAnew } = await import('./build-anew.ts');
  return await buildAnew(ctx, store, request);
}
