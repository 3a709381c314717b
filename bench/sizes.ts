import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ArtifactRecord } from '../src/pipeline/build-request.ts';
import { bars, provedTargets } from '../test/support/runtime-bars.ts';
import { build, bytes, checkout, printTable, scratch } from './support/kilopy.ts';

/**
 * What the routes by hand came to. Not measured here: their images cannot be had from Debian or npm. They are the
 * figures of the engineer with whom the project began; `npm run bench` repeats them so that each has one place.
 */
const routes: readonly (readonly [route: string, disk: string, wire: string])[] = [
  ['`micropython/unix:v1.22` from Docker Hub', '540 399 040', '-'],
  ['distroless base and MicroPython', '15 MB', '-'],
  ['Alpine 3.19 and its package', '10 813 763', '-'],
  ['apko', 'under 1 MB', '-'],
];

const targets = ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/riscv64'];

/** Sizes of examples/hello on base debian, beside the routes by hand and beside GNU gzip. */
export async function sizesTable(): Promise<void> {
  const folder = scratch();
  cpSync(join(checkout, 'examples/hello/main.py'), join(folder, 'hello/main.py'));
  const rows: string[][] = [];
  const gzip: string[][] = [];
  const docker: string[][] = [];
  for (const target of targets) {
    const [plain] = build(['hello', '--base', 'debian', '--target', target], folder).artifacts;
    const [small] = build(
      ['hello', '--base', 'debian', '--target', target, '--compress', 'max', '--out-dir', 'max'],
      folder,
    ).artifacts;
    if (plain === undefined || small === undefined) throw new Error('no artifact');
    rows.push([
      `\`kilopy build\`, base debian, ${target}`,
      bytes(plain.rawBytes),
      `${bytes(plain.wireBytes ?? 0)} (\`--compress max\`: ${bytes(small.wireBytes ?? 0)})`,
    ]);
    const unpacked = unpackedBytes(plain);
    docker.push([target, bytes(plain.rawBytes), bytes(unpacked), ratio(unpacked, plain.rawBytes)]);
    const peer = gzipBytes(plain);
    gzip.push([
      target,
      bytes(peer),
      ratio(plain.wireBytes, peer),
      ratio(plain.wireBytes === undefined ? undefined : plain.wireBytes - 6000, peer),
      ratio(small.wireBytes, peer),
    ]);
  }
  printTable('Size of hello, bytes', ['route', 'on disk', 'on the wire'], [...routes.map((row) => [...row]), ...rows]);
  printTable(
    'Against the Size that docker shows, which counts the bytes of unpacked files and links, without the headers of tar',
    ['target', 'on disk (tar layers)', 'docker Size', 'docker / on disk'],
    docker,
  );
  printTable(
    'Against GNU gzip -9 of the same layers (bars: default ≤ 1.015 after 6 kB for documents; max ≤ 0.97)',
    ['target', 'gzip -9', 'default', 'default less 6 kB', 'max'],
    gzip,
  );
  staticTable(folder);
  await Promise.resolve();
}

/** Base static, beside what it has to reach: the runtimes that scripts/setup.sh prove has compiled. */
function staticTable(folder: string): void {
  const rows = provedTargets.map((target) => {
    const words = ['hello', '--base', 'static', '--target', target, '--out-dir', 'static'];
    const [artifact] = build(words, folder).artifacts;
    const bar = bars[target];
    const binary = artifact === undefined ? 0 : programBytes(artifact);
    return [
      target,
      bytes(binary),
      bytes(bar?.binary ?? 0),
      bytes(artifact?.rawBytes ?? 0),
      bytes(artifact?.wireBytes ?? 0),
      bytes(bar?.hello ?? 0),
    ];
  });
  printTable(
    'Base static: runtime `small` and the image of hello, bytes (the bars were set for MicroPython 1.26)',
    ['target', 'binary', 'bar', 'on disk', 'on the wire', 'bar'],
    rows,
  );
}

/** The largest file of an image: of base static, its one program. */
function programBytes(artifact: ArtifactRecord): number {
  return Math.max(
    ...rawLayers(artifact).flatMap((raw) =>
      execFileSync('tar', ['-tvf', '-'], { input: raw, maxBuffer: 2 ** 28 })
        .toString()
        .split('\n')
        .filter((line) => line.startsWith('-'))
        .map((line) => Number(line.split(/\s+/u)[2])),
    ),
  );
}

function ratio(ours: number | undefined, theirs: number): string {
  return ours === undefined ? '-' : (ours / theirs).toFixed(4);
}

/** GNU gzip -9 of the image's layers, as one file each. */
function gzipBytes(artifact: ArtifactRecord): number {
  return rawLayers(artifact).reduce(
    (sum, raw) => sum + execFileSync('gzip', ['-9n'], { input: raw, maxBuffer: 2 ** 28 }).length,
    0,
  );
}

/** Bytes of files and targets of links. test/oracle/engines.test.ts compares the same sum with what docker says. */
function unpackedBytes(artifact: ArtifactRecord): number {
  let sum = 0;
  for (const raw of rawLayers(artifact)) {
    const options = { input: raw, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' }, maxBuffer: 2 ** 28 };
    for (const line of execFileSync('tar', ['--numeric-owner', '-tvf', '-'], options).toString().split('\n')) {
      if (line.startsWith('-')) sum += Number(line.split(/\s+/u)[2]);
      if (line.startsWith('l')) sum += Buffer.byteLength(line.slice(line.indexOf(' -> ') + 4));
    }
  }
  return sum;
}

function rawLayers(artifact: ArtifactRecord): readonly Buffer[] {
  const folder = scratch();
  execFileSync('tar', ['-xf', artifact.path, '-C', folder]);
  return artifact.layers.map(({ digest }) =>
    gunzipSync(readFileSync(join(folder, 'blobs/sha256', digest.slice('sha256:'.length)))),
  );
}
