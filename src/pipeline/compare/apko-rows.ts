import { join } from 'node:path';
import { stringify } from 'yaml';
import { alpineKeys } from '../../crypto/keys/alpine.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { hostTarget } from '../../spec/host-target.ts';
import { readSpec } from '../../spec/read-spec.ts';
import { apkoBuild } from '../apko/build.ts';
import { alpineMirror, alpineRepositories } from '../bases/alpine.ts';
import { rowOrReason, type RowRequest } from './built-row.ts';
import { emptyRow, noBoot, notAvailable, type Row } from './comparison.ts';
import { archiveSizes } from './given-row.ts';
import { copyApp, writeBase } from './route-folder.ts';

/** Somebody's apko.yaml with Alpine's MicroPython, by apko itself where it is installed, and by kilopy. */
export async function apkoRows(ctx: Context, request: RowRequest, scratch: string): Promise<readonly Row[]> {
  const folder = join(scratch, 'apko');
  const quiet: Context = { ...ctx, emit: () => undefined };
  const config = writeConfig(quiet, request, folder);
  // Either row says why there is none.
  config.catch(() => undefined);
  const real = await rowOrReason(ctx, 'apko.yaml, built by apko', async (title) =>
    realRow(quiet, request, folder, await config, title),
  );
  const own = await rowOrReason(ctx, 'apko.yaml, built by kilopy', async (title) => {
    const architecture = await config;
    const path = join(folder, 'kilopy.tar');
    const wanted = { ...unusual, file: 'apko.yaml', workdir: folder, archs: [architecture], offline: request.offline };
    await apkoBuild(quiet, wanted, 'compare:latest', path);
    return await archiveRow(quiet, title, 'kilopy apko build', path);
  });
  return [real, own];
}

const unusual = {
  includePaths: [],
  keyringAppend: [],
  repositoryAppend: [],
  buildRepositoryAppend: [],
  packageAppend: [],
  annotations: {},
  ignoreSignatures: false,
  lockfile: undefined,
  sbomPath: undefined,
  buildDate: undefined,
} as const;

async function realRow(
  ctx: Context,
  { offline }: RowRequest,
  folder: string,
  architecture: string,
  title: string,
): Promise<Row> {
  const program = await ctx.tools.find(ctx.env['KILOPY_APKO'] ?? 'apko');
  if (program === undefined) return emptyRow(title, 'apko is not installed (KILOPY_APKO names one)', noBoot);
  if (offline) return emptyRow(title, 'apko asks the repositories, and --offline forbids it', noBoot);
  const path = join(folder, 'apko.tar');
  const words = ['build', 'apko.yaml', 'compare:latest', path, '--arch', architecture, '--sbom=false'];
  const env = { ...ctx.env, HOME: folder } as Record<string, string>;
  const { status, stderr } = await ctx.tools.run(program, words, { cwd: folder, env, timeoutMs: 60_000 });
  if (status !== 0) throw new KilopyError('KP1004', `apko ends with ${String(status)}`, { why: lastLine(stderr) });
  return await archiveRow(ctx, title, 'apko build', path);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

async function archiveRow(ctx: Context, route: string, method: string, path: string): Promise<Row> {
  const unknown = notAvailable('it is the base of row "kilopy, base alpine", without the application');
  return {
    route,
    method: `${method}: Alpine's MicroPython; apko does not copy files, so the application is not in it; layers alone on the wire`,
    ...(await archiveSizes(ctx, path)),
    start: unknown,
    rss: unknown,
    boot: noBoot,
  };
}

/** An apko.yaml beside its keys, from the mirror, release and keys of base alpine. Answers with the architecture. */
async function writeConfig(ctx: Context, request: RowRequest, folder: string): Promise<string> {
  const copy = join(folder, 'app');
  await copyApp(ctx, request.folder, copy);
  await writeBase(ctx, copy, 'alpine');
  const spec = await readSpec(ctx, copy, { target: 'host' }, ctx.host);
  const architecture = hostTarget(ctx.host)?.alpine ?? '';
  const keyring: string[] = [];
  for (const { name, pem, architectures } of alpineKeys) {
    if (!architectures.includes(architecture)) continue;
    await ctx.fs.writeFile(join(folder, name), Buffer.from(pem));
    keyring.push(name);
  }
  for (const path of spec.base.settings.keys) keyring.push(path);
  const repositories = alpineRepositories(alpineMirror(ctx, spec), spec);
  const config = {
    contents: { keyring, repositories, packages: ['micropython'] },
    entrypoint: { command: '/usr/bin/micropython' },
    archs: [architecture],
  };
  await ctx.fs.writeFile(join(folder, 'apko.yaml'), Buffer.from(stringify(config)));
  return architecture;
}
