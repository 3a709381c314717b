import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { registryContext } from '../../../test/support/registry-context.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { inspect } from '../inspect.ts';
import { copyImage } from './copy.ts';

/**
 * What `docker save` writes of a store of containerd (Docker 25 and later): the index of all platforms as it is in the registry,
 * and of its manifests the one that was pulled; an entry of index.json for each tag.
 */

const indexType = 'application/vnd.oci.image.index.v1+json';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const elsewhere = (name: string): string => `sha256:${createHash('sha256').update(name).digest('hex')}`;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kilopy-docker-save-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));
const path = (digest: string): string => `blobs/${digest.replace(':', '/')}`;

function save(tags: readonly string[]): string {
  const place = mkdtempSync(join(folder, 'save-'));
  const put = (bytes: Buffer): { digest: string; size: number } => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    mkdirSync(join(place, 'blobs/sha256'), { recursive: true });
    writeFileSync(join(place, 'blobs', digest.replace(':', '/')), bytes);
    return { digest, size: bytes.length };
  };
  const tar = Buffer.alloc(1024);
  const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...put(gzipSync(tar)) };
  const diffIds = [`sha256:${createHash('sha256').update(tar).digest('hex')}`];
  const config = put(json({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds } }));
  const parts = { config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config }, layers: [layer] };
  const manifest = put(json({ schemaVersion: 2, mediaType: manifestType, ...parts }));
  const index = put(
    json({
      schemaVersion: 2,
      mediaType: indexType,
      manifests: [
        { mediaType: manifestType, ...manifest, platform: { architecture: 'amd64', os: 'linux' } },
        {
          mediaType: manifestType,
          digest: elsewhere('a'),
          size: 9,
          platform: { architecture: 'unknown', os: 'unknown' },
        },
        { mediaType: manifestType, digest: elsewhere('b'), size: 9, platform: { architecture: 'arm64', os: 'linux' } },
      ],
    }),
  );
  const manifests = tags.map((tag) => ({
    mediaType: indexType,
    ...index,
    annotations: { 'io.containerd.image.name': `docker.io/library/x:${tag}`, 'org.opencontainers.image.ref.name': tag },
  }));
  writeFileSync(join(place, 'index.json'), json({ schemaVersion: 2, mediaType: indexType, manifests }));
  writeFileSync(join(place, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const docker = { Config: path(config.digest), RepoTags: tags.map((tag) => `x:${tag}`), Layers: [path(layer.digest)] };
  writeFileSync(join(place, 'manifest.json'), json([docker]));
  execFileSync('tar', ['-cf', `${place}.tar`, '-C', place, '.']);
  return `${place}.tar`;
}

test.each([[['1']], [['1', 'latest']]])(
  'tags %j: the platform that is there is read, and can be copied',
  async (tags) => {
    const file = save(tags);
    const ctx = registryContext({});
    const { images } = await inspect(ctx, file);
    expect(images.every(({ layers }) => layers.length === 1)).toBe(true);
    const to = `${file}.copy/layout`;
    mkdirSync(dirname(to));
    const copied = await copyImage(ctx, { from: file, to: `oci:${to}`, platform: 'linux/amd64', plainHttp: [] });
    expect(copied.platforms).toBe(1);
    const index = JSON.parse(readFileSync(join(to, 'index.json'), 'utf8')) as { manifests: { digest: string }[] };
    expect(index.manifests.map(({ digest }) => digest)).toEqual([copied.digest]);

    const whole = copyImage(ctx, { from: file, to: `oci:${file}.whole`, platform: undefined, plainHttp: [] });
    const error: unknown = await whole.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(KilopyError);
    expect(error).toMatchObject({ code: 'KP6117', fix: 'name what is there: --platform linux/amd64' });
  },
);
