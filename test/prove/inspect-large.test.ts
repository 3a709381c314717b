import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTar, type TarWriteEntry } from '../../src/codec/tar/write-tar.ts';
import { runCli } from '../support/cli.ts';
import { whole } from '../support/extent.ts';
import { expectWithin } from '../support/expect-within.ts';
import { peakMemory } from '../support/peak-memory.ts';
import { seededRandom } from '../support/random.ts';

/** `inspect` and `size` of an image of 500 MB (on CI less): 10 s and 300 MB of memory, as archives of Docker and as OCI. */

const wholeBytes = whole ? 500_000_000 : 150_000_000;
const limitMs = 10_000;
/** Of a machine that is busy: `expectWithin` judges how busy. */
const patienceMs = 1_200_000;
const limitBytes = 300 * 2 ** 20;

let folder: string;

/** Files from 200 bytes to 20 MB, as distributions have them: text and machine code, half of it compressible. */
function* entries(): Generator<TarWriteEntry> {
  const random = seededRandom(7);
  const material = Buffer.alloc(32 * 2 ** 20);
  for (let at = 0; at < material.length; at += 4)
    material.writeUInt32LE(at % 4096 < 2048 ? Math.floor(random() * 2 ** 32) : (at >> 6) % 977, at);
  const common = { mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 1 };
  let total = 0;
  for (let i = 0; total < wholeBytes; i += 1) {
    const size = Math.floor(200 * 10 ** (random() * 5));
    const start = Math.floor(random() * (material.length - size));
    const body = material.subarray(start, start + size);
    total += size;
    const path = `usr/share/${['doc', 'x', 'locale'][i % 3] ?? ''}/d${String(i % 89)}/f${String(i)}`;
    yield { ...common, type: 'file', path, sizeBytes: size, body: chunk(body) };
  }
}

async function* chunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function hex(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

async function write(name: string, members: readonly (readonly [string, string | Buffer])[]): Promise<void> {
  const common = { mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 1, type: 'file' } as const;
  const list = members.map(([path, from]): TarWriteEntry => {
    const sizeBytes = typeof from === 'string' ? statSync(from).size : from.length;
    return { ...common, path, sizeBytes, body: typeof from === 'string' ? createReadStream(from) : chunk(from) };
  });
  await pipeline(writeTar(list), createWriteStream(join(folder, name)));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kilopy-large-'));
  const layer = join(folder, 'layer.tar');
  await pipeline(writeTar(entries()), createWriteStream(layer));
  await pipeline(createReadStream(layer), createGzip({ level: 1 }), createWriteStream(`${layer}.gz`));
  const diffId = `sha256:${await sha256(layer)}`;
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [diffId] } }),
  );
  const layerHex = await sha256(`${layer}.gz`);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: `sha256:${hex(config)}`,
        size: config.length,
      },
      layers: [
        {
          mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
          digest: `sha256:${layerHex}`,
          size: statSync(`${layer}.gz`).size,
        },
      ],
    }),
  );
  const index = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      manifests: [
        {
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          digest: `sha256:${hex(manifest)}`,
          size: manifest.length,
        },
      ],
    }),
  );
  // The layer first and the manifest last, as `docker save` has them.
  await write('docker.tar', [
    ['l/layer.tar', layer],
    ['c.json', config],
    [
      'manifest.json',
      Buffer.from(JSON.stringify([{ Config: 'c.json', RepoTags: ['big:1'], Layers: ['l/layer.tar'] }])),
    ],
  ]);
  await write('oci.tar', [
    [`blobs/sha256/${layerHex}`, `${layer}.gz`],
    [`blobs/sha256/${hex(config)}`, config],
    [`blobs/sha256/${hex(manifest)}`, manifest],
    ['index.json', index],
  ]);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test.each(
  ['inspect', 'size'].flatMap((command) =>
    ['docker.tar', 'oci.tar', 'layer.tar', 'layer.tar.gz'].map((file) => [command, file] as const),
  ),
)('kilopy %s %s', async (command, file) => {
  const memory = peakMemory();
  const begun = performance.now();
  const { status, stdout } = await runCli([command, file, '--json', '--top', '5'], {
    cwd: folder,
    env: memory.env,
    timeoutMs: patienceMs,
  });
  const tookMs = performance.now() - begun;
  const found = { status, small: memory.bytes() < limitBytes };
  process.stdout.write(
    `${command} ${file}: ${(tookMs / 1000).toFixed(1)} s, ${String(Math.round(memory.bytes() / 1e6))} MB\n`,
  );
  expect(found).toEqual({ status: 0, small: true });
  expectWithin(tookMs, limitMs);
  const [image] = (JSON.parse(stdout) as { images: { sizeBytes?: number; total?: { sizeBytes: number } }[] }).images;
  expect(image?.sizeBytes ?? image?.total?.sizeBytes).toBeGreaterThanOrEqual(wholeBytes);
});
