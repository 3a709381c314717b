import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { deadNetwork } from '../test/support/recorded-mirror.ts';
import { checkout, cli, printTable, scratch } from './support/kilopy.ts';
import { compare, megabytes, peakMemoryBytes, seconds, time, times, type Job } from './support/measure.ts';

const runs = Number(process.env.KILOPY_BENCH_RUNS ?? '7');
const openwrt = join(process.env.KILOPY_REALDATA ?? join(checkout, '../shared/realdata'), 'openwrt');

/** File systems and root file systems of OpenWrt, beside the tools that everybody has. */
export async function openwrtTable(): Promise<void> {
  const folder = scratch();
  try {
    const rows = [...(await ext4Rows(folder)), ...(await baseSetRows(folder))];
    printTable(`OpenWrt and file systems, median of ${String(runs)} runs`, ['what', 'figure', 'bar'], rows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** 512 files of 128 KiB in 16 folders that no compressor makes smaller; ours come out of the store and are hashed. */
async function ext4Rows(folder: string): Promise<readonly string[][]> {
  const files = join(folder, 'files');
  for (let index = 0; index < 512; index++) {
    const place = join(files, String(index % 16));
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, String(index)), randomBytes(128 * 1024));
  }
  // As the program itself is bundled, so that its start is that of kilopy.
  const script = join(folder, 'write-ext4.js');
  await build({
    entryPoints: [join(import.meta.dirname, 'support/write-ext4.ts')],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    banner: { js: 'const require = process.getBuiltinModule;' },
    logLevel: 'error',
  });
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  const list = join(folder, 'list.json');
  const env = { KILOPY_CACHE: join(folder, 'store') };
  execFileSync(process.execPath, [script, 'put', files, list], { env: { ...process.env, ...env } });
  const ours: Job = { name: 'ours', program: process.execPath, args: [script, 'write', list, join(folder, 'a')], env };
  const peer: Job = {
    name: 'mke2fs',
    program: '/usr/sbin/mke2fs',
    args: ['-q', '-F', '-t', 'ext4', '-O', '^has_journal', '-d', files, join(folder, 'b'), '72M'],
    prepare: () => rmSync(join(folder, 'b'), { force: true }),
  };
  const both = await compare(ours, peer, runs);
  return [
    ['ext4 of a tree of 64 MiB', `${seconds(both.a)}, ${times(both.ratio)} mke2fs -d`, '≤ 1.5 ×'],
    [
      'its processor time',
      `${both.a.medianCpuSeconds.toFixed(2)} s (mke2fs ${both.b.medianCpuSeconds.toFixed(2)} s)`,
      '-',
    ],
    ['its peak memory', megabytes(await peakMemoryBytes(ours)), '≤ 150 MB'],
  ];
}

/** The request of which the real opkg's answer is recorded: 30 packages, from the index to rc.d links and a tar.gz. */
async function baseSetRows(folder: string): Promise<readonly string[][]> {
  if (!existsSync(openwrt)) return [['the base set of OpenWrt', 'not here: shared/realdata is absent', '≤ 1.0 s']];
  const feeds = ['Core', 'r3p'].flatMap((feed) => ['--feed', join(openwrt, `nooblog-${feed}-mipsel_24kc`)]);
  const words = 'PACKAGES=base-files busybox dropbear netifd opkg procd uci';
  const release = ['--target', 'malta/le', '--release', '19.07.0', '--allow-untrusted', ...feeds];
  const choice = [words, 'DISABLED_SERVICES=sysntpd', 'ROOTFS_FILESYSTEM=targz', `BIN_DIR=${join(folder, 'bin')}`];
  const job: Job = {
    name: 'imagebuilder',
    program: process.execPath,
    args: [cli, 'imagebuilder', 'image', ...choice, ...release],
    env: { ...deadNetwork, KILOPY_CACHE: join(folder, 'store'), SOURCE_DATE_EPOCH: '1700000000' },
    cwd: folder,
    prepare: () => rmSync(join(folder, 'bin'), { recursive: true, force: true }),
  };
  const figures = await time(job, runs);
  return [
    ['OpenWrt: resolve, unpack, prepare and tar.gz of the base set, warm', seconds(figures), '≤ 1.0 s'],
    ['its processor time', `${figures.medianCpuSeconds.toFixed(2)} s`, '-'],
    ['its peak memory', megabytes(await peakMemoryBytes(job)), '-'],
  ];
}
