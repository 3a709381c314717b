import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Context } from '../../io/context.ts';
import type { PrepareReport } from '../../passes/openwrt/prepare.ts';
import { openStore } from '../../store/store.ts';
import { checkOutDir } from './check-out-dir.ts';
import { choosePackages, profileOf } from './choose.ts';
import { checkPlanFits } from './expected-fit.ts';
import { checkFileSystem, imageFiles } from './image-files.ts';
import { openBuilder } from './open.ts';
import { openBuilderFeed } from './open-feed.ts';
import { checkOverlayFolder } from './overlay-files.ts';
import type { ImageBuilderRequest } from './request.ts';
import { rootTree } from './root-tree.ts';

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
  checkFileSystem(request);
  profileOf(builder, request);
  await checkOverlayFolder(ctx, request.words.FILES);
  await checkOutDir(ctx, outDir);
  const feed = await openBuilderFeed(listening, store, builder, request);
  const chosen = choosePackages(listening, feed, builder, request);
  checkPlanFits(builder, chosen);
  const { tree, report, epochSeconds } = await rootTree(listening, store, builder, feed, request, chosen);
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

function tellReport(ctx: Context, { services, scripts, alternatives }: PrepareReport): void {
  const warn = (text: string): void => ctx.emit({ type: 'warning', text });
  if (services.unknown.length > 0) warn(`DISABLED_SERVICES: no script is called ${services.unknown.join(', ')}`);
  if (services.unclear.length > 0) warn(`START or STOP is no plain number in ${services.unclear.join(', ')}`);
  if (alternatives.occupied.length > 0) warn(`alternatives: ${alternatives.occupied.join(', ')} is no link and stays`);
  if (alternatives.tied.length > 0) {
    warn(`alternatives: two packages want ${alternatives.tied.join(', ')} with one priority, so neither gets it`);
  }
  if (scripts.unknown.length === 0) return;
  const list = scripts.unknown.map(({ name, version, scripts: names }) => `${name} ${version} (${names.join(', ')})`);
  warn(`scripts that were not run and do something of their own: ${list.join(', ')}`);
}
