import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { chooseMachine } from './choose-machine.ts';
import type { MachineName, RunnableImage } from './machine.ts';

export interface ProbeOptions {
  readonly machine?: MachineName | undefined;
  /** Path of the MicroPython inside the image. Default: the first word of the entry point. */
  readonly runtime?: string | undefined;
  /** Default 20 000: an emulator on a busy machine is slow. */
  readonly timeoutMs?: number | undefined;
}

const defaultTimeoutMs = 20_000;

/**
 * Runs a short Python script with the MicroPython of an image and returns what it prints. No network, read-only root, nothing of the app.
 * Throws KP9020 when the script fails or takes too long, and as `chooseMachine` and `Machine.run` do.
 */
export async function askRuntime(
  ctx: Context,
  image: RunnableImage,
  script: string,
  options: ProbeOptions = {},
): Promise<string> {
  const runtime = options.runtime ?? image.config.entrypoint[0] ?? 'micropython';
  const { machine } = await chooseMachine(ctx, image.target, options.machine);
  const output: Record<'stdout' | 'stderr', Uint8Array[]> = { stdout: [], stderr: [] };
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const result = await machine.run(ctx, image, {
    entrypoint: [runtime, '-c', script],
    network: 'none',
    timeoutMs,
    output: (chunk, stream) => output[stream].push(chunk),
  });
  if (result.exitCode === 0) return Buffer.concat(output.stdout).toString('utf8');
  const words = Buffer.concat(output.stderr).toString('utf8').trim();
  throw new KilopyError('KP9020', `${runtime} of ${image.target.name} did not answer`, {
    why: result.timedOut ? `it took more than ${String(timeoutMs / 1000)} s` : words.slice(-2000),
    data: { machine: machine.name, exitCode: result.exitCode },
  });
}
