import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KilopyError } from '../../src/errors/kilopy-error.ts';
import { copyImage } from '../../src/pipeline/registry/copy.ts';
import { runCli, scratch } from './cli.ts';
import { registryContext } from './registry-context.ts';
import { seededRandom } from './random.ts';
import { registryFaults, startTestRegistry } from './registry-server.ts';
import { smallArchive } from './small-archive.ts';

export interface DrillResult {
  readonly faults: number;
  readonly succeeded: number;
  readonly explained: number;
  /** What must not be: images that are visible and not whole, ends without an explanation. */
  readonly wrong: readonly string[];
}

/** Pushes an image to a registry that fails at random, until so many faults have happened. */
export async function drillRegistry(count: number, seed: number): Promise<DrillResult> {
  const random = seededRandom(seed);
  const registry = await startTestRegistry();
  const archive = await smallArchive(scratch(), 'linux/amd64', 'linux/arm64');
  const happened: string[] = [];
  let succeeded = 0;
  let explained = 0;
  const wrong: string[] = [];
  try {
    registry.fault = () => {
      if (random() > 0.12) return undefined;
      const fault = registryFaults[Math.floor(random() * registryFaults.length)];
      // A connection without an answer costs the whole time-out, a second: one of them now and then is enough.
      if (fault === 'stall' && random() > 0.2) return undefined;
      happened.push(String(fault));
      return fault;
    };
    for (let run = 0; happened.length < count; run++) {
      const result = await runCli(['push', `${registry.host}/app/r${String(run)}:1`, archive, '--quiet'], {
        env: { KILOPY_STALL_SECONDS: '1' },
      });
      if (result.status === 0) succeeded += 1;
      else if (/error KP6\d\d\d: .*\n {2}(?:why|fix): /u.test(result.stderr)) explained += 1;
      else wrong.push(`run ${String(run)}: ${String(result.status)} ${result.stderr}`);
      wrong.push(...registry.partial().map((reference) => `run ${String(run)}: ${reference} is not whole`));
    }
    return { faults: happened.length, succeeded, explained, wrong };
  } finally {
    await registry.close();
  }
}

/**
 * Pulls an image from a registry that fails at random, stalls included, until so many faults have happened. In this
 * process, each time into an empty store: what counts is that a file that is there is the whole image.
 */
export async function drillPulls(count: number, seed: number): Promise<DrillResult> {
  const random = seededRandom(seed);
  const registry = await startTestRegistry();
  const happened: string[] = [];
  const wrong: string[] = [];
  let succeeded = 0;
  let explained = 0;
  try {
    const from = `${registry.host}/app/image:1`;
    const source = registryContext();
    const archive = await smallArchive(source.folder, 'linux/amd64', 'linux/arm64');
    await copyImage(source, { from: archive, to: from, platform: undefined, plainHttp: [] });
    await copyImage(source, { from, to: './whole.tar', platform: 'all', plainHttp: [] });
    const whole = readFileSync(join(source.folder, 'whole.tar'));
    registry.fault = () => {
      if (random() > 0.2) return undefined;
      const fault = registryFaults[Math.floor(random() * registryFaults.length)];
      happened.push(String(fault));
      return fault;
    };
    for (let run = 0; happened.length < count; run++) {
      const ctx = registryContext({}, { stallMs: 150, attempts: 3 });
      const ended = await copyImage(ctx, { from, to: './pulled.tar', platform: 'all', plainHttp: [] }).then(
        () => undefined,
        (error: unknown) => error as Partial<KilopyError> & Error,
      );
      const there = await ctx.fs.exists(join(ctx.folder, 'pulled.tar'));
      if (there && !readFileSync(join(ctx.folder, 'pulled.tar')).equals(whole))
        wrong.push(`run ${String(run)}: what is there is not the image`);
      if (there !== (ended === undefined))
        wrong.push(`run ${String(run)}: ${there ? 'there' : 'not there'}, and ${ended?.message ?? 'success'}`);
      if (ended === undefined) succeeded += 1;
      else if (/^KP6\d\d\d$/u.test(ended.code ?? '') && (ended.why ?? ended.fix) !== undefined) explained += 1;
      else wrong.push(`run ${String(run)}: ${ended.message}`);
    }
    return { faults: happened.length, succeeded, explained, wrong };
  } finally {
    await registry.close();
  }
}
