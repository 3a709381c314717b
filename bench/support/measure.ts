import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Job {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Runs before every measured run and is not measured. */
  readonly prepare?: () => void | Promise<void>;
}

export interface Figures {
  readonly medianSeconds: number;
  readonly minSeconds: number;
  readonly maxSeconds: number;
  /** Processor time of the program and its children, which other work on the machine changes less. */
  readonly medianCpuSeconds: number;
}

export interface Comparison {
  readonly a: Figures;
  readonly b: Figures;
  /** Median of the ratios of neighbouring runs: it holds when the machine's speed drifts. */
  readonly ratio: number;
}

/** Runs two programs in turn, A B A B ..., after one warm-up of each. */
export async function compare(a: Job, b: Job, runs: number): Promise<Comparison> {
  await run(a);
  await run(b);
  const pairs: [Run, Run][] = [];
  for (let i = 0; i < runs; i++) pairs.push([await run(a), await run(b)]);
  return {
    a: figures(pairs.map((pair) => pair[0])),
    b: figures(pairs.map((pair) => pair[1])),
    ratio: median(pairs.map(([x, y]) => x.seconds / y.seconds)),
  };
}

/** Times one program over several runs after a warm-up. */
export async function time(job: Job, runs: number): Promise<Figures> {
  await run(job);
  const measured: Run[] = [];
  for (let i = 0; i < runs; i++) measured.push(await run(job));
  return figures(measured);
}

/** As `time`, to the first byte on stdout; the run then goes on to its end, unmeasured. */
export async function timeToFirstOutput(job: Job, runs: number): Promise<Figures> {
  await run(job);
  const measured: Run[] = [];
  for (let i = 0; i < runs; i++) measured.push(await run(job, 'first output'));
  return figures(measured);
}

/** What a program prints in the end, as JSON. */
export async function jsonOf(job: Job): Promise<unknown> {
  let text = '';
  await run(job, 'end', (chunk) => (text += chunk));
  return JSON.parse(text);
}

interface Run {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** One run. A job that fails makes no figure. */
async function run(job: Job, until: 'first output' | 'end' = 'end', listener?: (text: string) => void): Promise<Run> {
  await job.prepare?.();
  const cpuBefore = childCpuSeconds();
  const started = process.hrtime.bigint();
  const child = spawn(job.program, job.args, {
    cwd: job.cwd ?? process.cwd(),
    env: { ...process.env, ...job.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let firstAt: bigint | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    firstAt ??= process.hrtime.bigint();
    listener?.(text);
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((done, fail) => {
    child.on('error', fail);
    child.on('close', done);
  });
  if (code !== 0) throw new Error(`${job.name} ended with ${String(code)}: ${stderr}`);
  const endedAt = process.hrtime.bigint();
  return {
    seconds: Number((until === 'end' ? endedAt : (firstAt ?? endedAt)) - started) / 1e9,
    cpuSeconds: childCpuSeconds() - cpuBefore,
  };
}

/** Of all children that have ended and their own: fields 16 and 17 of proc_pid_stat(5), in hundredths of a second. */
function childCpuSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** Peak resident memory of a Node.js program in bytes, as the kernel accounted it for that process (without its children). */
export async function peakMemoryBytes(job: Job): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'kilopy-bench-'));
  const file = join(folder, 'peak');
  try {
    const hook = join(import.meta.dirname, 'report-peak.cjs');
    await run({ ...job, env: { ...job.env, NODE_OPTIONS: `--require ${hook}`, KILOPY_PEAK_FILE: file } });
    return Number(readFileSync(file, 'utf8')) * 1024;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function figures(measured: readonly Run[]): Figures {
  const all = measured.map((one) => one.seconds);
  return {
    medianSeconds: median(all),
    minSeconds: Math.min(...all),
    maxSeconds: Math.max(...all),
    medianCpuSeconds: median(measured.map(({ cpuSeconds }) => cpuSeconds)),
  };
}

/** The one in the middle, or the mean of two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** `0.123 s (0.120 to 0.130)` */
export function seconds({ medianSeconds, minSeconds, maxSeconds }: Figures): string {
  return `${medianSeconds.toFixed(3)} s (${minSeconds.toFixed(3)} to ${maxSeconds.toFixed(3)})`;
}

export function times(ratio: number): string {
  return `${ratio.toFixed(2)} ×`;
}

export function megabytes(count: number): string {
  return `${(count / 1e6).toFixed(0)} MB`;
}
