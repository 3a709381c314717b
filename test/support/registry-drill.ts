import { runCli, scratch } from './cli.ts';
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
      // A connection without an answer costs the whole time-out: one of them now and then is enough.
      const fault = registryFaults[Math.floor(random() * registryFaults.length)];
      if (fault === 'stall') return undefined;
      happened.push(String(fault));
      return fault;
    };
    for (let run = 0; happened.length < count; run++) {
      const result = await runCli(['push', `${registry.host}/app/r${String(run)}:1`, archive, '--quiet']);
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
