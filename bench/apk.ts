import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { account, type Account } from './support/accounted.ts';
import { checkout, cli, printTable, scratch } from './support/kilopy.ts';
import type { Job } from './support/measure.ts';

const runs = Number(process.env.KILOPY_BENCH_RUNS ?? '7');
const realdata = process.env.KILOPY_REALDATA ?? resolve(checkout, '../shared/realdata');
const wishes = ['busybox', 'python3', 'gst-plugins-base', 'openssh', 'nginx'];

/**
 * Alpine's index of 5 004 packages, and the golden configuration of apko's own tests beside the apko that KILOPY_APKO
 * names. Both need the folder with real data.
 */
export function apkTable(): void {
  if (!existsSync(realdata)) {
    console.log(`The figures of apk need ${realdata}, which is not there.\n`);
    return;
  }
  const folder = scratch();
  indexTable(folder);
  goldenTable(folder);
  rmSync(folder, { recursive: true, force: true });
}

function indexTable(folder: string): void {
  const index = join(realdata, 'alpine/main-3.17-aarch64/APKINDEX.tar.gz');
  const words = ['feed', 'solve', ...wishes, '--kind', 'apk', '--arch', 'aarch64', '--feed', index];
  const args = [cli, ...words, '--keys', join(realdata, 'alpine/keys')];
  const base = { program: process.execPath, cwd: folder };
  const cold = join(folder, 'cold');
  const jobs: readonly Job[] = [
    { name: 'node -e 0', ...base, args: ['-e', '0'] },
    {
      name: 'cold',
      ...base,
      args,
      env: { KILOPY_CACHE: cold },
      prepare: () => rmSync(cold, { recursive: true, force: true }),
    },
    { name: 'warm', ...base, args, env: { KILOPY_CACHE: join(folder, 'warm') } },
  ];
  const [bare, ...others] = account(jobs, runs);
  const bars = ['≤ 0.35 s', '≤ 0.12 s'];
  const rows = others.map((one, at) => {
    const over = (key: 'wallSeconds' | 'cpuSeconds'): string => seconds(one[key] - (bare?.[key] ?? 0));
    const name = at === 0 ? 'empty store' : 'index in the store';
    return [name, seconds(one.wallSeconds), over('wallSeconds'), over('cpuSeconds'), megabytes(one), bars[at] ?? ''];
  });
  const head = ['5 004-package index, five roots', 'wall', 'wall over bare node', 'CPU over bare node', 'peak', 'bar'];
  rows.push(['node -e 0', seconds(bare?.wallSeconds ?? 0), '', '', bare === undefined ? '' : megabytes(bare), '']);
  printTable(`apk: verify, parse and solve, median of ${String(runs)} runs in turn`, head, rows);
}

function goldenTable(folder: string): void {
  const apko = process.env['KILOPY_APKO'];
  const golden = join(folder, 'golden');
  mkdirSync(golden);
  symlinkSync(join(realdata, 'alpine/apko'), join(golden, 'testdata'));
  const words = ['build', 'testdata/apko.yaml', 'hello:1', 'hello.tar'];
  const kilopy: Job = {
    name: 'kilopy apko build',
    program: process.execPath,
    args: [cli, 'apko', ...words],
    cwd: golden,
    env: { KILOPY_CACHE: join(folder, 'golden-store'), SOURCE_DATE_EPOCH: '0' },
  };
  const bare: Job = { name: 'node -e 0', program: process.execPath, args: ['-e', '0'], cwd: golden };
  const peer: Job = {
    name: 'apko build',
    program: apko ?? '',
    args: [...words, '--vcs=false', '--cache-dir', join(folder, 'apko-cache')],
    cwd: golden,
    env: { SOURCE_DATE_EPOCH: '0' },
  };
  const jobs = apko === undefined ? [kilopy, bare] : [kilopy, bare, peer];
  const accounts = account(jobs, runs);
  const other = accounts[2];
  const rows = jobs.map(({ name }, at) => {
    const one = accounts[at];
    if (one === undefined) return [name];
    const ratio = other === undefined ? '' : `${(one.wallSeconds / other.wallSeconds).toFixed(2)} ×`;
    return [name, seconds(one.wallSeconds), ratio, seconds(one.cpuSeconds), megabytes(one)];
  });
  const head = ['golden configuration of apko, warm', 'wall', 'beside apko', 'CPU', 'peak'];
  printTable('apko build (bars: 1.0 × apko, peak 110 MB)', head, rows);
  if (apko === undefined) console.log('KILOPY_APKO names no apko to compare with.\n');
}

function seconds(count: number): string {
  return `${count.toFixed(3)} s`;
}

function megabytes({ peakBytes }: Account): string {
  return `${(peakBytes / 1e6).toFixed(0)} MB`;
}
