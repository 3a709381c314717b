import { type TarWriteEntry, writeTar } from '../../codec/tar/write-tar.ts';
import type { BlobSource } from '../../values/blob.ts';
import type { OciImage } from '../../values/oci-image.ts';
import type { Artifact } from '../artifact.ts';
import type { EmitInput, EmitTarget } from '../emit-input.ts';
import { splitLayers } from '../layers.ts';
import { measure } from '../measure.ts';
import { familiarReference, outputFileName } from '../oci-names.ts';
import type { Output } from '../output.ts';
import { treeToTar } from '../tar.ts';
import { textArtifact } from '../text-artifact.ts';
import { routerScript } from './router-script.ts';

const mediaType = 'application/vnd.docker.image.rootfs.diff.tar';

/**
 * A docker archive of one architecture with uncompressed layers, which is what every RouterOS imports, and the commands
 * to paste there: network, mounts and the container itself.
 */
export const routeros: Output = {
  extension: 'routeros.tar',
  mediaType,
  perTarget: true,
  async emit(_ctx, input, image) {
    const built = await image();
    const artifacts: Artifact[] = [];
    for (const [at, target] of input.targets.entries())
      artifacts.push(...(await archiveAndScript(input, built, target, at)));
    return artifacts;
  },
};

async function archiveAndScript(
  input: EmitInput,
  image: OciImage,
  target: EmitTarget,
  at: number,
): Promise<Artifact[]> {
  const { settings, blobs } = input;
  const manifest = image.manifests[at];
  if (manifest === undefined) throw new TypeError(`no manifest for ${target.target.name}`);
  const { config, layers } = manifest;
  const configBytes = image.documents.get(config.digest);
  if (configBytes === undefined) throw new TypeError(`no document ${config.digest}`);
  const parts = splitLayers(target.tree);
  const fileName = outputFileName(settings.name, target.target.fileLabel, 'routeros.tar');
  const listBytes = Buffer.from(
    JSON.stringify([
      {
        Config: `${hex(config.digest)}.json`,
        RepoTags: [familiarReference(settings)],
        Layers: layers.map(({ diffId }) => `${hex(diffId)}.tar`),
      },
    ]),
  );
  // Made anew for each reading: a body is read once.
  const open = (): AsyncIterable<Uint8Array> =>
    writeTar([
      tarFile(target, `${hex(config.digest)}.json`, configBytes.length, configBytes),
      ...layers.map(({ diffId, rawBytes }, i) =>
        tarFile(target, `${hex(diffId)}.tar`, rawBytes, lazily(parts[i]?.nodes, blobs)),
      ),
      tarFile(target, 'manifest.json', listBytes.length, listBytes),
    ]);
  const { digest, sizeBytes } = await measure(open());
  const archive: Artifact = {
    format: 'routeros',
    fileName,
    targets: [target.target.name],
    mediaType,
    digest,
    sizeBytes,
    rawBytes: layers.reduce((sum, { rawBytes }) => sum + rawBytes, 0),
    layers: [],
    write: (ctx, path) => ctx.fs.writeAtomic(path, open()),
  };
  const scriptName = outputFileName(settings.name, target.target.fileLabel, 'rsc');
  return [archive, textArtifact('routeros', scriptName, archive.targets, routerScript(settings, target, fileName))];
}

function tarFile(
  { createdSeconds }: EmitTarget,
  path: string,
  sizeBytes: number,
  body: Uint8Array | AsyncIterable<Uint8Array>,
): TarWriteEntry {
  return { type: 'file', path, mode: 0o644, uid: 0, gid: 0, mtimeSeconds: createdSeconds, sizeBytes, body };
}

/** Opened only when the writer comes to it. */
async function* lazily(nodes: EmitTarget['tree'] | undefined, blobs: BlobSource): AsyncGenerator<Uint8Array> {
  if (nodes !== undefined) yield* treeToTar(nodes, blobs);
}

function hex(digest: string): string {
  return digest.replace(/^.*:/u, '');
}
