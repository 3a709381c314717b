import { randomBytes } from 'node:crypto';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { forwardPorts, type Forwarder } from '../../io/forward-ports.ts';
import { attend } from '../attend.ts';
import { deliver, sendSignal } from '../deliver.ts';
import { resolveEntryPoint } from '../entry-point.ts';
import { startGuard } from '../guard.ts';
import { hostArchitecture } from '../host-architecture.ts';
import type { Machine, RunOptions, RunResult, RunnableImage } from '../machine.ts';
import { startOptions } from '../output.ts';
import { initOf } from '../process-table.ts';
import { makeScratch } from '../scratch.ts';
import { crashSignal, type Running } from '../supervise.ts';
import { bundleConfig } from './bundle-config.ts';

const abandon = 'runc --root "$1/state" delete --force "$2" >/dev/null 2>&1; rm -rf -- "$1"';

/** The reference runtime of the OCI, from a bundle made for this run. As root only: its rootless mode cannot give the app its own user. */
export const runcMachine: Machine = {
  name: 'runc',
  async available(ctx, target) {
    if ((await ctx.tools.find('runc')) === undefined) {
      return { ok: false, why: 'runc is not installed', fix: 'sudo apt install runc' };
    }
    const host = await hostArchitecture(ctx);
    if (!host.runs.includes(target.name)) {
      return { ok: false, why: `this processor (${host.name}) does not run ${target.name}` };
    }
    return ctx.host.uid === 0
      ? { ok: true, why: 'runc on this processor' }
      : { ok: false, why: 'runc needs root here', fix: 'use --machine kernel' };
  },
  run: runInRunc,
};

async function runInRunc(ctx: Context, image: RunnableImage, options: RunOptions): Promise<RunResult> {
  const calledAt = ctx.clock.now();
  const scratch = await makeScratch(ctx);
  const name = `kilopy-${randomBytes(6).toString('hex')}`;
  const standDown = startGuard(ctx, abandon, [scratch, name]);
  const state = ['--root', `${scratch}/state`];
  const pidFile = `${scratch}/pid`;
  let forwarder: Forwarder | undefined;
  try {
    const { ports } = image.config;
    const wanted = options.network ?? 'auto';
    const relayed = wanted === 'auto' && ports.length > 0;
    await writeBundle(ctx, scratch, image, options, relayed || wanted === 'none');
    if (relayed) forwarder = await forwardPorts(ports, scratch);
    const args = [...state, 'run', '--bundle', scratch, '--pid-file', pidFile, name];
    return await attend(ctx, {
      machine: 'runc',
      image,
      options,
      calledAt,
      forwarder,
      relayFolder: scratch,
      start: () => ctx.tools.start('runc', args, startOptions(options)),
      running: (tool) => bundled(ctx, tool),
      processOf: async (tool) => await initOf(ctx, tool.pid),
      async startedAt({ exitCode, signal }) {
        // Written as soon as the app was started.
        if (await ctx.fs.exists(pidFile)) return Number((await ctx.fs.stat(pidFile)).mtimeNs / 1000n) / 1000;
        if (signal !== undefined) return ctx.clock.now();
        throw new KilopyError('KP9010', 'runc could not start the app', { data: { exitCode } });
      },
      signalOf: ({ exitCode }) => Promise.resolve(crashSignal(exitCode)),
    });
  } finally {
    await forwarder?.close();
    await ctx.tools.run('runc', [...state, 'delete', '--force', name]);
    await ctx.fs.remove(scratch);
    await standDown();
  }
}

/** A copy, because runc makes the missing mount points in the root file system. */
async function writeBundle(
  ctx: Context,
  scratch: string,
  image: RunnableImage,
  options: RunOptions,
  ownNetwork: boolean,
): Promise<void> {
  const { rootfs, config } = image;
  if (rootfs === undefined) throw new KilopyError('KP9010', 'runc needs an unpacked root file system');
  const command = [...(options.entrypoint ?? config.entrypoint), ...(options.args ?? [])];
  const search = { workdir: config.workdir, searchPath: config.env['PATH'] };
  const entry = await resolveEntryPoint(ctx, rootfs, command, search);
  const { status, stderr } = await ctx.tools.run('cp', ['-a', '--', rootfs, `${scratch}/rootfs`]);
  if (status !== 0) throw new KilopyError('KP9010', 'The bundle for runc could not be written', { why: stderr.trim() });
  await ctx.fs.writeFile(`${scratch}/config.json`, JSON.stringify(bundleConfig(image, options, entry, ownNetwork)));
}

function bundled(ctx: Context, tool: Running['tool']): Running {
  const send = async (signal: NodeJS.Signals): Promise<void> => {
    const pid = await initOf(ctx, tool.pid);
    if (pid !== undefined) await sendSignal(ctx, pid, signal);
  };
  const kill = async (): Promise<void> => {
    if ((await initOf(ctx, tool.pid)) === undefined) tool.kill('SIGKILL', true);
    else await send('SIGKILL');
  };
  return {
    tool,
    kill,
    deliver: async (signal) => await deliver(ctx, await initOf(ctx, tool.pid), signal, { send, kill }),
  };
}
