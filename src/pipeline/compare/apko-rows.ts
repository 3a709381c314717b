import { join } from 'node:path';
import { stringify } from 'yaml';
import { alpineKeys } from '../../crypto/keys/alpine.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { releaseOf } from '../../spec/bases.ts';
import { hostTarget } from '../../spec/host-target.ts';
import { readSpec } from '../../spec/read-spec.ts';
import { apkoBuild } from '../apko/build.ts';
import { mirrorOf } from '../bases/mirror-of.ts';
import { inspect } from '../inspect.ts';
import { rowOrReason, type RowRequest } from './built-row.ts';
import { emptyRow, measured, noBoot, notAvailable, sum, type Row } from './comparison.ts';
import { copyApp, writeBase } from './route-folder.ts';

/** Somebody's apko.yaml with Alpine's MicroPython, by apko itself where it is installed, and by kilopy. */
export async function apkoRows(ctx: Context, request: RowRequest, scratch: string): Promise<readonly Row[]> {
  const folder = join(scratch, 'apko');
  const quiet: Context = { ...ctx, emit: () => undefined };
  const config = await writeConfig(quiet, request, folder);
  const own = await rowOrReason(ctx, 'apko.yaml, built by kilopy', async () => {
    const path = join(folder, 'kilopy.tar');
    const wanted = { ...unusual, file: 'apko.yaml', workdir: folder, archs: [config], offline: request.offline };
    await apkoBuild(quiet, wanted, 'compare:latest', path);
    return await archiveRow(quiet, 'apko.yaml, built by kilopy', 'kilopy apko build', path);
  });
  return [await realRow(ctx, request, folder, config), own];
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

async function realRow(ctx: Context, { offline }: RowRequest, folder: string, architecture: string): Promise<Row> {
  const title = 'apko.yaml, built by apko';
  const program = await ctx.tools.find(ctx.env['KILOPY_APKO'] ?? 'apko');
  if (program === undefined) return emptyRow(title, 'apko is not installed (KILOPY_APKO names one)', noBoot);
  if (offline) return emptyRow(title, 'apko asks the repositories, and --offline forbids it', noBoot);
  return await rowOrReason(ctx, title, async () => {
    const path = join(folder, 'apko.tar');
    const words = ['build', 'apko.yaml', 'compare:latest', path, '--arch', architecture, '--sbom=false'];
    const env = { ...ctx.env, HOME: folder } as Record<string, string>;
    const { status, stderr } = await ctx.tools.run(program, words, { cwd: folder, env, timeoutMs: 60_000 });
    if (status !== 0) throw new KilopyError('KP1003', `apko ends with ${String(status)}`, { why: lastLine(stderr) });
    return await archiveRow(ctx, title, 'apko build', path);
  });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

async function archiveRow(ctx: Context, route: string, method: string, path: string): Promise<Row> {
  const [image] = (await inspect(ctx, path)).images;
  const why = 'the archive does not say it';
  const unknown = notAvailable('it is the base of row "kilopy, base alpine", without the application');
  return {
    route,
    method: `${method}: Alpine's MicroPython; apko does not copy files, so the application is not in it`,
    disk: measured(sum(image?.layers.map(({ rawBytes }) => rawBytes) ?? []), why),
    wire: measured(sum(image?.layers.map(({ sizeBytes }) => sizeBytes) ?? []), why),
    files: measured(image?.files, why),
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
  const mirror = mirrorOf(ctx, spec, 'KILOPY_ALPINE_MIRROR', 'https://dl-cdn.alpinelinux.org/alpine');
  const keyring: string[] = [];
  for (const { name, pem, architectures } of alpineKeys) {
    if (!architectures.includes(architecture)) continue;
    await ctx.fs.writeFile(join(folder, name), Buffer.from(pem));
    keyring.push(name);
  }
  for (const path of spec.base.settings.keys) keyring.push(path);
  const repositories = ['main', 'community'].map((name) => `${mirror}/${releaseOf(spec.base)}/${name}`);
  const config = {
    contents: { keyring, repositories, packages: ['micropython'] },
    entrypoint: { command: '/usr/bin/micropython' },
    archs: [architecture],
  };
  await ctx.fs.writeFile(join(folder, 'apko.yaml'), Buffer.from(stringify(config)));
  return architecture;
}
