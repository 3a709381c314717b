import { posix } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { resolveEntryPoint, type EntryPoint } from '../entry-point.ts';
import { hostPathOf } from '../image-path.ts';
import type { Bind, RunOptions, RunnableImage } from '../machine.ts';
import { loopbackUp, noLoopback } from '../network/loopback.ts';
import { relayScript } from '../network/relay-script.ts';
import { rootEntries, type LaunchPlan, type OwnNetwork } from './launch-plan.ts';
import { probeNamespaces } from './namespaces.ts';

/** Puts another program in front of the entry point. */
export type Wrapper = (entry: EntryPoint) => { readonly command: readonly string[]; readonly binds: readonly Bind[] };

/** Finds everything out that the launch script needs. Throws KP9010 to KP9013. */
export async function planLaunch(
  ctx: Context,
  image: RunnableImage,
  options: RunOptions,
  scratch: string,
  wrap?: Wrapper,
): Promise<LaunchPlan> {
  const { rootfs, config } = image;
  if (rootfs === undefined) throw new KilopyError('KP9010', 'This machine needs an unpacked root file system');
  const verdict = await probeNamespaces(ctx);
  if (verdict.mode === undefined) {
    throw new KilopyError('KP9010', 'The sandbox could not be set up', { why: verdict.why, fix: verdict.fix });
  }
  const env = { ...config.env, ...options.env };
  const workdir = await existingFolder(ctx, rootfs, config.workdir);
  const command = [...(options.entrypoint ?? config.entrypoint), ...(options.args ?? [])];
  const entry = await resolveEntryPoint(ctx, rootfs, command, { workdir, searchPath: env['PATH'] });
  const wrapped = wrap?.(entry) ?? { command: [entry.path, ...entry.args], binds: [] };
  const network = await planNetwork(ctx, image, options, scratch);
  const binds = await Promise.all(
    [...wrapped.binds, ...(options.binds ?? [])].map(async (bind) => ({
      ...bind,
      folder: (await ctx.fs.stat(bind.source)).isDirectory(),
    })),
  );
  return {
    mode: verdict.mode,
    scratch,
    hostname: image.name.replaceAll(/[^a-zA-Z0-9-]/g, '-').slice(0, 63),
    entries: await rootEntries(ctx, rootfs),
    binds,
    writable: [...(await folderOrNothing(ctx, rootfs, '/run')), ...(options.writable ?? [])],
    etc: await folderOf(ctx, rootfs, '/etc'),
    resolvConf: network === undefined,
    command: wrapped.command,
    underShell: wrap !== undefined,
    env,
    workdir,
    user: config.user,
    network,
    programs: { unshare: await need(ctx, 'unshare'), setpriv: await need(ctx, 'setpriv') },
  };
}

async function planNetwork(
  ctx: Context,
  image: RunnableImage,
  options: RunOptions,
  scratch: string,
): Promise<OwnNetwork | undefined> {
  const wanted = options.network ?? 'auto';
  const { ports } = image.config;
  if (wanted === 'host' || (wanted === 'auto' && ports.length === 0)) return undefined;
  const up = await loopbackUp(ctx);
  if (wanted === 'none' || ports.length === 0) return { loopbackUp: up };
  if (up === undefined) throw noLoopback();
  const script = `${scratch}/relay.cjs`;
  await ctx.fs.writeFile(script, relayScript);
  const relay = [await need(ctx, 'node'), script, scratch, ...ports.map(String)];
  return { loopbackUp: up, relay };
}

async function existingFolder(ctx: Context, rootfs: string, workdir: string): Promise<string> {
  if ((await folderOf(ctx, rootfs, workdir)) !== undefined || ['/tmp', '/dev', '/proc'].includes(workdir))
    return workdir;
  ctx.emit({ type: 'warning', text: `the working folder ${workdir} is not in the image: the app starts in /` });
  return '/';
}

async function folderOf(ctx: Context, rootfs: string, path: string): Promise<string | undefined> {
  const host = await hostPathOf(ctx, rootfs, path);
  return host !== undefined && (await ctx.fs.stat(host)).isDirectory() ? posix.normalize(host) : undefined;
}

async function folderOrNothing(ctx: Context, rootfs: string, path: string): Promise<readonly string[]> {
  const stat = (await ctx.fs.exists(rootfs + path)) ? await ctx.fs.lstat(rootfs + path) : undefined;
  return stat?.isDirectory() === true ? [path] : [];
}

async function need(ctx: Context, name: string): Promise<string> {
  const path = await ctx.tools.find(name);
  if (path === undefined)
    throw new KilopyError('KP9010', `The program ${name} is not installed`, { data: { program: name } });
  return path;
}
