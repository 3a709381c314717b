import { join } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { build } from '../build.ts';
import type { BuildRequest } from '../build-request.ts';
import { inspect } from '../inspect.ts';
import { emptyRow, measured, noBoot, type Row } from './comparison.ts';
import { copyApp, writeBase } from './route-folder.ts';
import { question, startOfImage, startOfProgram } from './start-up.ts';

/** How kilopy builds one route. */
export interface BuiltRoute {
  readonly title: string;
  readonly base: string;
  /** Absent: what the application says of this base, else the usual. */
  readonly settings?: object;
  readonly output: 'oci' | 'bin';
}

export interface RowRequest {
  /** Absolute: a folder with main.py. */
  readonly folder: string;
  readonly offline: boolean;
  /** Starts of each image; the shortest counts. */
  readonly starts: number;
}

/** Builds in a folder of its own, which must not exist, and starts the result. What fails is a row that says why. */
export async function builtRow(ctx: Context, request: RowRequest, folder: string, route: BuiltRoute): Promise<Row> {
  const { title, output } = route;
  const quiet: Context = { ...ctx, emit: () => undefined };
  return await rowOrReason(ctx, title, async () => {
    const order = await place(quiet, request, request.folder, folder, route);
    const artifact = await buildOne(quiet, order);
    const common = {
      route: title,
      disk: { kind: 'measured', value: artifact.rawBytes },
      wire: { kind: 'measured', value: artifact.wireBytes ?? artifact.sizeBytes },
      boot: noBoot,
    } as const;
    if (output === 'bin') {
      const probe = `${folder}-probe`;
      await ctx.fs.makeDirectory(join(probe, 'app'));
      await ctx.fs.writeFile(join(probe, 'app/main.py'), question);
      const program = await buildOne(
        quiet,
        await place(quiet, request, join(probe, 'app'), join(probe, 'copy'), route),
      );
      const started = await startOfProgram(quiet, program.path, request.starts);
      const method = 'kilopy build --output bin';
      return { ...common, method, files: { kind: 'measured', value: 1 }, ...started };
    }
    const [image] = (await inspect(quiet, artifact.path)).images;
    const started = await startOfImage(quiet, order, request.starts);
    const method = 'kilopy build; layers, configuration, manifest and index; MicroPython started as a plain process';
    return { ...common, method, files: measured(image?.files, 'the image could not be read'), ...started };
  });
}

/** A row that says why there is none, where the work fails as kilopy's own work may fail. */
export async function rowOrReason(ctx: Context, title: string, work: (title: string) => Promise<Row>): Promise<Row> {
  ctx.emit({ type: 'step.started', step: 'compare', title });
  try {
    return await work(title);
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!(error instanceof KilopyError)) throw error;
    return emptyRow(title, `${error.code}: ${error.message}`);
  } finally {
    ctx.emit({ type: 'step.finished', step: 'compare' });
  }
}

async function place(
  ctx: Context,
  request: RowRequest,
  from: string,
  folder: string,
  { base, settings, output }: BuiltRoute,
): Promise<BuildRequest> {
  await copyApp(ctx, from, folder);
  await writeBase(ctx, folder, base, settings);
  return {
    folder,
    overrides: { target: 'host', output },
    outDir: join(folder, 'dist'),
    compress: 'default',
    lock: 'keep',
    offline: request.offline,
  };
}

async function buildOne(ctx: Context, order: BuildRequest): Promise<Awaited<ReturnType<typeof build>>['artifacts'][0]> {
  const { artifacts } = await build(ctx, order);
  const [artifact] = artifacts;
  if (artifact === undefined) throw new Error('the build made nothing');
  return artifact;
}
