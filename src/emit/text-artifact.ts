import type { OutputFormat } from '../spec/outputs.ts';
import type { Artifact } from './artifact.ts';
import { digestOf } from './measure.ts';

/** A small text as an artifact. */
export function textArtifact(
  format: OutputFormat,
  fileName: string,
  targets: readonly string[],
  text: string,
  mediaType = 'text/plain',
): Artifact {
  const bytes = Buffer.from(text);
  return {
    format,
    fileName,
    targets,
    mediaType,
    digest: digestOf(bytes),
    sizeBytes: bytes.length,
    rawBytes: bytes.length,
    layers: [],
    write: (ctx, path) => ctx.fs.writeAtomic(path, bytes),
  };
}
