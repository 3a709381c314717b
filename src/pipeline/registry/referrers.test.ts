import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { registryContext } from '../../../test/support/registry-context.ts';
import { startTestRegistry, type TestRegistry } from '../../../test/support/registry-server.ts';
import { copyImage } from './copy.ts';

/** distribution-spec 1.1, "Pushing Manifests with Subject", in a registry without the referrers API. */

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const subject = `sha256:${'ab'.repeat(32)}`;
const tag = `me/app:sha256-${'ab'.repeat(32)}`;

let registry: TestRegistry;
let folder: string;
beforeEach(async () => {
  registry = await startTestRegistry();
  folder = mkdtempSync(join(tmpdir(), 'kilopy-referrers-'));
});
afterEach(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

/** A layout with a signature of `subject`. */
function signature(name: string): string {
  const place = join(folder, name);
  mkdirSync(join(place, 'blobs/sha256'), { recursive: true });
  const put = (bytes: Buffer): { digest: string; size: number } => {
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(place, 'blobs/sha256', hex), bytes);
    return { digest: `sha256:${hex}`, size: bytes.length };
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: 'application/vnd.example.signature',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', ...put(Buffer.from('{}')) },
    layers: [{ mediaType: 'text/plain', ...put(Buffer.from(name)) }],
    subject: { mediaType: manifestType, digest: subject, size: 7 },
    annotations: { signer: name },
  };
  const entry = { mediaType: manifestType, ...put(Buffer.from(JSON.stringify(manifest))) };
  writeFileSync(join(place, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  writeFileSync(join(place, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return `oci:${place}`;
}

async function push(name: string): Promise<string> {
  const order = { from: signature(name), to: `${registry.host}/me/app:${name}`, platform: undefined, plainHttp: [] };
  return (await copyImage(registryContext({}), order)).digest;
}

function listed(): unknown {
  const list = registry.manifests.get(tag);
  return list === undefined ? undefined : JSON.parse(list.bytes.toString());
}

test('what refers to an image is listed under its tag, each once', async () => {
  const digests = [await push('one'), await push('two')];
  registry.manifests.delete('me/app:one');
  await push('one');
  expect(listed()).toMatchObject({
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: ['one', 'two'].map((signer, at) => ({
      mediaType: manifestType,
      digest: digests[at],
      artifactType: 'application/vnd.example.signature',
      annotations: { signer },
    })),
  });
});

test('a registry that lists by itself is left alone', async () => {
  registry.intercept = (request, response) => {
    if (request.method === 'PUT' && request.url?.includes('/manifests/') === true)
      response.setHeader('oci-subject', subject);
    return false;
  };
  await push('one');
  expect(listed()).toBeUndefined();
});

test('a tag that holds something else stays as it is', async () => {
  const other = {
    type: manifestType,
    bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: manifestType })),
  };
  registry.manifests.set(tag, other);
  await push('one');
  expect(registry.manifests.get(tag)).toBe(other);
});
