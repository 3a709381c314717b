import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { smallArchive } from '../test/support/small-archive.ts';
import { startDockerRegistry } from '../test/support/docker-registry.ts';
import { checkout, cli, printTable, scratch } from './support/kilopy.ts';
import { compare, type Job } from './support/measure.ts';

const runs = Number(process.env.KILOPY_BENCH_RUNS ?? '7');
const eight = ['amd64', 'arm64', 'arm/v7', 'arm/v5', 'riscv64', '386', 'mips', 'mipsle'];

/** `kilopy push` beside `skopeo copy --all` of the same index, to a docker-registry on loopback: empty, and a second time. */
export async function registryTable(): Promise<void> {
  const folder = scratch();
  const archive = await smallArchive(folder, ...eight.map((name) => `linux/${name}`));
  let registry = await startDockerRegistry();
  const { host } = registry;
  const empty = async (): Promise<void> => {
    registry.close();
    // The port is free again when the process is gone.
    await sleep(200);
    registry = await startDockerRegistry(host);
  };
  const push: Job = {
    name: 'kilopy push',
    program: process.execPath,
    args: [cli, 'push', `${host}/me/http:1`, archive],
    cwd: checkout,
    env: { KILOPY_CACHE: `${folder}/store` },
  };
  const copy: Job = {
    name: 'skopeo copy --all',
    program: 'skopeo',
    args: ['copy', '--all', '--dest-tls-verify=false', `oci-archive:${archive}`, `docker://${host}/their/http:1`],
    cwd: folder,
  };
  try {
    const first = await compare({ ...push, prepare: empty }, { ...copy, prepare: empty }, runs);
    const again = await compare(push, copy, runs);
    const bare: Job = { name: 'node -e 0', program: process.execPath, args: ['-e', '0'] };
    const start = await compare(push, bare, runs);
    const row = (what: string, { a, b, ratio }: typeof first, bar: string): string[] => [
      what,
      `${a.medianSeconds.toFixed(3)} s`,
      `${b.medianSeconds.toFixed(3)} s`,
      `${ratio.toFixed(2)} ×`,
      bar,
    ];
    printTable(
      `An index of eight small images, median of ${String(runs)} runs`,
      ['what', 'kilopy push', 'the other', 'ratio', 'bar'],
      [
        row('to an empty registry, beside skopeo copy --all', first, '≤ 1.0 ×'),
        row('again, beside skopeo copy --all', again, '≤ 2 ×'),
        row('again, beside node -e 0', start, '-'),
      ],
    );
  } finally {
    registry.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
