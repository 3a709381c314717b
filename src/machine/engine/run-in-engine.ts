import { randomBytes } from 'node:crypto';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { forwardPorts, type Forwarder } from '../../io/forward-ports.ts';
import { attend } from '../attend.ts';
import { deliver } from '../deliver.ts';
import { resolveEntryPoint } from '../entry-point.ts';
import { startGuard } from '../guard.ts';
import type { RunOptions, RunResult, RunnableImage } from '../machine.ts';
import { startOptions } from '../output.ts';
import { makeScratch } from '../scratch.ts';
import { crashSignal, type Running } from '../supervise.ts';
import { containerArguments } from './container-options.ts';
import { runEngine, type Engine } from './engine.ts';
import { loadImage } from './load-image.ts';

/** Removes the container and the folder `$1` when kilopy is killed; the command to remove follows. */
const abandon = 'folder=$1; shift; "$@" >/dev/null 2>&1; rm -rf -- "$folder"';

export async function runInEngine(
  ctx: Context,
  engine: Engine,
  image: RunnableImage,
  options: RunOptions,
): Promise<RunResult> {
  const calledAt = ctx.clock.now();
  if (image.ociArchive === undefined) throw new KilopyError('KP9010', `${engine.name} needs an OCI archive`);
  await checkEntry(ctx, image, options);
  const network = chooseNetwork(ctx, image, options);
  const loaded = await loadImage(ctx, engine, image.ociArchive);
  const scratch = await makeScratch(ctx);
  const name = `kilopy-${image.name.replaceAll(/[^a-zA-Z0-9_.-]/g, '-')}-${randomBytes(6).toString('hex')}`;
  const globalOptions = await engine.globalOptions(ctx);
  const standDown = startGuard(ctx, abandon, [scratch, engine.name, ...globalOptions, 'rm', '--force', name]);
  const relayed = network === 'none' && options.network !== 'none' && image.config.ports.length > 0;
  let forwarder: Forwarder | undefined;
  try {
    if (relayed) forwarder = await forwardPorts(image.config.ports, scratch);
    const extra = await engine.runOptions(ctx);
    const args = containerArguments(image, options, { name, imageId: loaded.id, extra, network });
    return await attend(ctx, {
      machine: engine.name,
      image,
      options,
      calledAt,
      forwarder,
      relayFolder: scratch,
      published: network === 'published' ? image.config.ports : [],
      start: () => ctx.tools.start(engine.name, [...globalOptions, ...args], startOptions(options)),
      running: (tool) => container(ctx, engine, name, tool),
      processOf: async () => await processOf(ctx, engine, name),
      startedAt: async ({ exitCode }) => await startTime(ctx, engine, name, exitCode),
      signalOf: ({ exitCode }) => Promise.resolve(crashSignal(exitCode)),
    });
  } finally {
    await forwarder?.close();
    await runEngine(ctx, engine, ['rm', '--force', name]);
    await loaded.unload();
    await ctx.fs.remove(scratch);
    await standDown();
  }
}

/** Where the root file system is at hand, what is missing in it is said better than an engine does. */
async function checkEntry(ctx: Context, image: RunnableImage, options: RunOptions): Promise<void> {
  const { rootfs, config } = image;
  if (rootfs === undefined) return;
  const command = [...(options.entrypoint ?? config.entrypoint), ...(options.args ?? [])];
  await resolveEntryPoint(ctx, rootfs, command, { workdir: config.workdir, searchPath: config.env['PATH'] });
}

/** As root the app gets a network without a way out and kilopy's own relay; else the engine publishes the ports. */
function chooseNetwork(ctx: Context, image: RunnableImage, options: RunOptions): 'host' | 'none' | 'published' {
  const wanted = options.network ?? 'auto';
  if (wanted !== 'auto') return wanted;
  if (image.config.ports.length === 0) return 'host';
  if (ctx.host.uid === 0) return 'none';
  ctx.emit({ type: 'note', text: "network: the engine's own, which also lets the app out" });
  return 'published';
}

function container(ctx: Context, engine: Engine, name: string, tool: Running['tool']): Running {
  const send = async (signal: NodeJS.Signals): Promise<void> => {
    await runEngine(ctx, engine, ['kill', '--signal', signal.replace('SIG', ''), name]);
  };
  // Before the engine has started the container there is nothing to kill but the engine's client.
  const kill = async (): Promise<void> => {
    if ((await processOf(ctx, engine, name)) === undefined) tool.kill('SIGKILL', true);
    else await send('SIGKILL');
  };
  return {
    tool,
    kill,
    deliver: async (signal) => await deliver(ctx, await processOf(ctx, engine, name), signal, { send, kill }),
  };
}

async function processOf(ctx: Context, engine: Engine, name: string): Promise<number | undefined> {
  const { status, stdout } = await runEngine(ctx, engine, ['inspect', '--format', '{{.State.Pid}}', name]);
  const pid = Number(stdout);
  return status === 0 && pid > 0 ? pid : undefined;
}

const failures = { 126: 'KP9011', 127: 'KP9012' } as const;

/** When the container started. An engine's own 125, 126 and 127 differ from the app's in that it never did. */
async function startTime(ctx: Context, engine: Engine, name: string, exitCode: number): Promise<number> {
  const format = '{{json .State.StartedAt}} {{json .State.Error}}';
  const { status, stdout } = await runEngine(ctx, engine, ['inspect', '--format', format, name]);
  const [started = '', words = ''] = stdout.split(/ (?="|null)/);
  const startedAt = Date.parse(started.replaceAll('"', ''));
  if (status === 0 && startedAt > 0) return startedAt;
  const code = failures[exitCode as keyof typeof failures] ?? 'KP9010';
  throw new KilopyError(code, `${engine.name} could not start the app`, {
    why: words === '' ? undefined : words.replaceAll('"', ''),
    data: { exitCode },
  });
}
