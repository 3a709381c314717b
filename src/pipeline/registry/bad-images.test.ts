import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keep } from '../../../test/support/distroless-image.ts';
import { codeOf, registryContext } from '../../../test/support/registry-context.ts';
import { digestOf, startTestRegistry, type TestRegistry } from '../../../test/support/registry-server.ts';
import { targets } from '../../spec/targets.ts';
import { openStore } from '../../store/store.ts';
import type { Digest } from '../../values/digest.ts';
import { askDigest } from '../bases/image/registry-files.ts';
import { readBelow } from '../bases/image/below-image.ts';
import { copyImage } from './copy.ts';

/** Images of a registry that are none, or not the wanted one: for `pull`, and for a base. */

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startTestRegistry();
});
afterAll(() => registry.close());

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';

interface Layer {
  readonly bytes: Buffer;
  readonly mediaType?: string;
  readonly size?: number;
  readonly diffId?: string;
}

const amd64 = targets.find(({ name }) => name === 'linux/amd64')!;

/** A manifest with these layers under the tag `1`. */
function image(repository: string, layers: readonly Layer[], config: object = { architecture: 'amd64' }): string {
  const rootfs = { type: 'layers', diff_ids: layers.map(({ bytes, diffId }) => diffId ?? digestOf(bytes)) };
  const bytes = Buffer.from(JSON.stringify({ os: 'linux', ...config, rootfs }));
  for (const blob of [bytes, ...layers.map((layer) => layer.bytes)])
    registry.blobs.set(`${repository}@${digestOf(blob)}`, blob);
  keep(registry, repository, '1', manifestType, {
    schemaVersion: 2,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(bytes), size: bytes.length },
    layers: layers.map((layer) => ({
      mediaType: layer.mediaType ?? layerType,
      digest: digestOf(layer.bytes),
      size: layer.size ?? layer.bytes.length,
    })),
  });
  return `${registry.host}/${repository}:1`;
}

const emptyTar = Buffer.alloc(1024);
const small = { bytes: gzipSync(emptyTar), diffId: digestOf(emptyTar) };

const images: readonly (readonly [string, () => string, string, string])[] = [
  ['a reference with a typo', () => `${registry.host}/Me/App:1`, 'KP6101', 'KP6101'],
  ['an unknown host', () => 'registry.invalid/me/app:1', 'KP6010', 'KP6010'],
  ['a tag that is not there', () => `${registry.host}/me/nothing:1`, 'KP6105', 'KP6105'],
  [
    'a list without this platform',
    () => {
      keep(registry, 'list', '1', indexType, {
        schemaVersion: 2,
        manifests: [
          {
            mediaType: manifestType,
            digest: digestOf(Buffer.from('x')),
            size: 1,
            platform: { os: 'linux', architecture: 's390x' },
          },
        ],
      });
      return `${registry.host}/list:1`;
    },
    'KP6110',
    'KP6110',
  ],
  ['another architecture', () => image('arm', [small], { architecture: 'arm64' }), 'KP6110', 'KP6110'],
  ['another system', () => image('windows', [small], { architecture: 'amd64', os: 'windows' }), 'KP6110', 'KP6110'],
  [
    'a manifest of schema 1',
    () => {
      const type = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
      const bytes = Buffer.from('{"schemaVersion": 1, "name": "old", "fsLayers": []}');
      registry.manifests.set('old:1', { type, bytes });
      return `${registry.host}/old:1`;
    },
    'KP6108',
    'KP6108',
  ],
  [
    'a foreign layer',
    () => image('foreign', [{ ...small, mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' }]),
    'KP6109',
    'KP6109',
  ],
  [
    'a manifest that is not what its digest says',
    () => {
      const digest = digestOf(Buffer.from('other'));
      registry.manifests.set(`lie@${digest}`, { type: manifestType, bytes: Buffer.from('{"schemaVersion": 2}') });
      return `${registry.host}/lie@${digest}`;
    },
    'KP6107',
    'KP6107',
  ],
  [
    'a layer that is not what its digest says',
    () => {
      const reference = image('damaged', [small]);
      registry.blobs.set(`damaged@${digestOf(small.bytes)}`, Buffer.from(small.bytes).fill(0, 10, 12));
      return reference;
    },
    'KP6020',
    'KP6020',
  ],
  ['a layer that is larger than it says', () => image('larger', [{ ...small, size: 5 }]), 'KP6021', 'KP6021'],
  ['a layer of five gigabytes', () => image('huge', [{ ...small, size: 5 * 2 ** 30 }]), 'KP6111', 'KP6111'],
  // What is inside is no business of a copy.
  ['a layer that is a bomb', () => image('bomb', [{ bytes: gzipSync(Buffer.alloc(2 ** 21)) }]), 'none', 'KP4003'],
  ['a layer whose content is another one', () => image('diff', [{ bytes: small.bytes }]), 'none', 'KP7404'],
  [
    'a manifest that is no JSON',
    () => {
      registry.manifests.set('text:1', { type: manifestType, bytes: Buffer.from('hello') });
      return `${registry.host}/text:1`;
    },
    'KP6112',
    'KP6112',
  ],
  [
    'an artifact that is no image',
    () => {
      keep(registry, 'chart', '1', 'application/vnd.example.chart', { schemaVersion: 2 });
      return `${registry.host}/chart:1`;
    },
    'KP6112',
    'KP6112',
  ],
];

describe.each(images)('%s', (_title, make, pulled, asBase) => {
  test(`pull: ${pulled}`, async () => {
    const ctx = registryContext({}, { attempts: 1 });
    const request = { from: make(), to: './out.tar', platform: 'linux/amd64', plainHttp: [] };
    expect(await codeOf(copyImage(ctx, request))).toBe(pulled);
    expect(await ctx.fs.exists(`${ctx.folder}/out.tar`)).toBe(pulled === 'none');
  });

  test(`base: ${asBase}`, async () => {
    const ctx = registryContext({}, { attempts: 1, packageBytes: 2 ** 20 });
    const store = await openStore(ctx);
    const path = make();
    const settings = {
      from: 'registry',
      path,
      shown: path,
      flatten: false,
      plainHttp: false,
      keys: [],
      allowUntrusted: true,
    } as const;
    const work = async (): Promise<unknown> => {
      const digest: Digest = await askDigest(ctx, store, settings);
      return await readBelow(ctx, store, settings, amd64, digest);
    };
    expect(await codeOf(work())).toBe(asBase);
  });
});
