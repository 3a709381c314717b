import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  compare,
  jsonOf,
  megabytes,
  peakMemoryBytes,
  seconds,
  time,
  times,
  timeToFirstOutput,
  type Job,
} from './support/measure.ts';
import { deadNetwork } from '../test/support/recorded-mirror.ts';
import { aptJob } from './support/apt.ts';
import { checkout, cli, printTable, scratch, store } from './support/kilopy.ts';

const four = 'linux/amd64,linux/arm64,linux/arm/v7,linux/riscv64';
const runs = Number(process.env.KILOPY_BENCH_RUNS ?? '7');

/** Whole-process times of the commands that a person waits for, each beside the bar of the project's plan. */
export async function timesTable(): Promise<void> {
  const folder = scratch();
  const app = join(folder, 'hello');
  mkdirSync(app);
  cpSync(join(checkout, 'examples/hello/main.py'), join(app, 'main.py'));
  const base = { program: process.execPath, cwd: folder, env: { ...deadNetwork, KILOPY_CACHE: store } };
  const job = (name: string, args: readonly string[], more: Partial<Job> = {}): Job => ({
    name,
    ...base,
    args: [cli, ...args],
    ...more,
  });
  // The lock of all four; after it nothing needs an index.
  execFileSync(process.execPath, [cli, 'build', 'hello', '--base', 'debian', '--offline', '--target', four], {
    cwd: folder,
    env: { ...process.env, ...base.env },
  });
  const bare: Job = { name: 'node -e 0', ...base, args: ['-e', '0'] };
  const forget = (): void => rmSync(join(folder, 'dist'), { recursive: true, force: true });
  const rows: string[][] = [];

  const warm = job('warm build', ['build', 'hello', '--base', 'debian'], { prepare: forget });
  rows.push(['warm build of one target', seconds(await time(warm, runs)), '≤ 0.8 s']);
  forget();
  rows.push(['its peak memory', megabytes(await peakMemoryBytes(warm)), '≤ 200 MB']);

  let edits = 0;
  const edit = (): void => appendFileSync(join(app, 'main.py'), `# ${String(edits++)}\n`);
  const edited = job('build after an edit', ['build', 'hello', '--base', 'debian'], { prepare: edit });
  rows.push(['build after an edit of main.py', seconds(await time(edited, runs)), '≤ 1.0 s']);

  const all = job('warm build of four', ['build', 'hello', '--base', 'debian', '--target', four], { prepare: forget });
  rows.push(['warm build of four targets', seconds(await time(all, runs)), '≤ 2.5 s']);

  const same = await compare(job('up to date', ['build', 'hello', '--base', 'debian', '--target', four]), bare, runs);
  rows.push(['second build, nothing changed', `${seconds(same.a)}, ${times(same.ratio)} node -e 0`, '≤ 3 ×']);
  const help = await compare(job('help', ['--help']), bare, runs);
  rows.push(['kilopy --help', `${seconds(help.a)}, ${times(help.ratio)} node -e 0`, '≤ 1.6 ×']);
  const start = await compare(
    { name: 'start script', program: join(checkout, 'kilopy'), args: ['--help'], cwd: folder },
    bare,
    runs,
  );
  rows.push([
    './kilopy --help, with the start script',
    `${seconds(start.a)}, ${times(start.ratio)} node -e 0`,
    '≤ 1.6 ×',
  ]);

  const empty = join(folder, 'empty-store');
  const cold = job('cold build', ['build', 'hello', '--base', 'debian', '--update-lock'], {
    env: { KILOPY_CACHE: empty },
    prepare: () => {
      rmSync(empty, { recursive: true, force: true });
      forget();
    },
  });
  const apt = await aptJob(folder);
  const coldRuns = Math.min(runs, 5);
  const versus = await compare(cold, apt, coldRuns);
  rows.push([
    'cold build of one target',
    `${seconds(versus.a)}, ${times(versus.ratio)} apt-get update and download`,
    '≤ 1.5 ×',
  ]);
  rmSync(empty, { recursive: true, force: true });
  rows.push(['its peak memory', megabytes(await peakMemoryBytes(cold)), '≤ 250 MB']);
  const run = job('run', ['run', 'hello', '--base', 'debian']);
  rows.push(['run of hello to its first output, warm', seconds(await timeToFirstOutput(run, runs)), '≤ 0.6 s']);
  const { firstOutputMs } = (await jsonOf(job('run', ['run', 'hello', '--base', 'debian', '--json']))) as {
    firstOutputMs: number;
  };
  rows.push(['of which the app, from its start', `${(firstOutputMs / 1000).toFixed(3)} s`, '≤ 0.05 s']);
  rows.push(['run of hello to its end, warm', seconds(await time(run, runs)), '-']);
  rows.push(['kilopy test of 20 functions, warm', seconds(await time(testJob(folder, job), runs)), '≤ 1.2 s']);
  printTable(`Times, median of ${String(runs)} runs (least to most)`, ['what', 'figure', 'bar'], rows);
  rmSync(folder, { recursive: true, force: true });
}

/** Twenty test functions of one file. */
function testJob(folder: string, job: (name: string, args: readonly string[]) => Job): Job {
  const tested = join(folder, 'tested');
  mkdirSync(tested);
  cpSync(join(folder, 'hello/kilopy.lock'), join(tested, 'kilopy.lock'));
  writeFileSync(join(tested, 'main.py'), 'def double(x):\n    return 2 * x\n');
  const functions = Array.from({ length: 20 }, (_, at) => {
    const name = String(at);
    return `def test_${name}():\n    assert main.double(${name}) == 2 * ${name}\n`;
  });
  writeFileSync(join(tested, 'test_main.py'), `import main\n\n${functions.join('\n')}`);
  return job('test', ['test', 'tested', '--base', 'debian', '--offline']);
}
