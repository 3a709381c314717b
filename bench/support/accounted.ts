import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { median, type Job } from './measure.ts';

/** What the kernel accounted for one process and its children. */
export interface Account {
  readonly wallSeconds: number;
  /** User and system. */
  readonly cpuSeconds: number;
  /** Of the largest process. */
  readonly peakBytes: number;
}

const program = '/usr/bin/time';

/** A job whose preparation is done when it returns. */
type PlainJob = Omit<Job, 'prepare'> & { readonly prepare?: () => void };

/** Medians of several runs of each job, run in turn after one warm-up, so that a change of the machine's speed meets all. */
export function account(jobs: readonly PlainJob[], runs: number): readonly Account[] {
  if (!existsSync(program)) throw new Error(`${program} is missing: apt-get install time`);
  for (const job of jobs) runOnce(job);
  const all = Array.from({ length: runs }, () => jobs.map(runOnce));
  return jobs.map((_, at) => {
    const of = (key: keyof Account): number => median(all.map((round) => round[at]?.[key] ?? Number.NaN));
    return { wallSeconds: of('wallSeconds'), cpuSeconds: of('cpuSeconds'), peakBytes: of('peakBytes') };
  });
}

function runOnce(job: PlainJob): Account {
  job.prepare?.();
  const words = ['-q', '-f', '%U %S %M', job.program, ...job.args];
  const started = process.hrtime.bigint();
  const { status, stderr, error } = spawnSync(program, words, {
    cwd: job.cwd,
    env: { ...process.env, ...job.env },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const wallSeconds = Number(process.hrtime.bigint() - started) / 1e9;
  if (error !== undefined) throw error;
  const [user, system, kilobytes] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  if (status !== 0 || user === undefined || system === undefined || kilobytes === undefined)
    throw new Error(`${job.name} ended with ${String(status)}: ${stderr}`);
  return { wallSeconds, cpuSeconds: user + system, peakBytes: kilobytes * 1024 };
}
