import { releaseOf } from '../spec/bases.ts';
import { join } from 'node:path';
import type { Artifact } from '../emit/artifact.ts';
import { sizesByOrigin } from '../tree/sizes.ts';
import type { OciImage } from '../values/oci-image.ts';
import type { Assembled } from './assemble.ts';
import type { ArtifactRecord, BuildRequest, BuildResult, LayerRecord } from './build-request.ts';

/** The facts of a finished build, for people and programs. */
export function buildResult(
  { spec, sections, trees, lockPath }: Assembled,
  artifacts: readonly Artifact[],
  request: BuildRequest,
  { isLockWritten, warnings }: { readonly isLockWritten: boolean; readonly warnings: readonly string[] },
): BuildResult {
  const [first] = trees;
  const below =
    spec.base.name === 'image' ? sections[0]?.sources.find(({ archive }) => archive === 'image') : undefined;
  return {
    name: spec.name,
    base: `${spec.base.name} ${releaseOf(spec.base)}`,
    ...(below === undefined ? {} : { baseImage: { reference: below.path, digest: below.digest } }),
    targets: spec.targets.map(({ name }) => name),
    upToDate: false,
    artifacts: artifacts.map((artifact) => artifactRecord(artifact, request.outDir)),
    packages: Object.fromEntries(
      sections.map(({ target, packages }) => [
        target,
        packages.map(({ name, version, architecture, sizeBytes }) => ({ name, version, architecture, sizeBytes })),
      ]),
    ),
    dropped: Object.fromEntries(
      trees.map(({ target, reports }) => [
        target.name,
        {
          files: reports.slim.dropped.reduce((sum, row) => sum + row.files, 0),
          sizeBytes: reports.slim.droppedBytes,
        },
      ]),
    ),
    biggest:
      first === undefined ? [] : sizesByOrigin(first.tree).map(({ name, sizeBytes }) => ({ origin: name, sizeBytes })),
    lock: { path: lockPath, written: isLockWritten },
    warnings,
  };
}

function artifactRecord(artifact: Artifact, outDir: string): ArtifactRecord {
  const { format, mediaType, digest, sizeBytes, rawBytes, targets, image, fileName } = artifact;
  return {
    path: join(outDir, fileName),
    format,
    target: targets.join(','),
    mediaType,
    digest,
    sizeBytes,
    rawBytes,
    ...(image === undefined ? {} : { wireBytes: wireBytes(image) }),
    layers: image === undefined ? [] : layerRecords(image, targets),
  };
}

function layerRecords(image: OciImage, targets: readonly string[]): LayerRecord[] {
  return image.manifests.flatMap(({ layers }, i) =>
    layers.map(({ digest, diffId, sizeBytes, rawBytes, origin }) => ({
      target: targets[i] ?? '',
      digest,
      diffId,
      sizeBytes,
      rawBytes,
      origin,
    })),
  );
}

/** Layers, configurations, manifests and index: what a registry sends for all platforms. Equal blobs count once. */
export function wireBytes({ index, manifests }: OciImage): number {
  const blobs = [index, ...manifests.flatMap(({ descriptor, config, layers }) => [descriptor, config, ...layers])];
  return [...new Map(blobs.map(({ digest, sizeBytes }) => [digest, sizeBytes])).values()].reduce((a, b) => a + b, 0);
}
