import type { Context } from '../io/context.ts';
import type { OutputFormat } from '../spec/outputs.ts';
import { treeToCpio } from './cpio.ts';
import { compressStream } from './compressed.ts';
import type { EmitInput, EmitTarget } from './emit-input.ts';
import { planRootExt4 } from './ext4/plan-root-ext4.ts';
import { writeExt4 } from './ext4/write-ext4.ts';
import { measure } from './measure.ts';
import { outputFileName } from './oci-names.ts';
import type { Output } from './output.ts';
import { kernelXzArguments } from './xz-arguments.ts';

/** A file system or archive as it is, of one target. */
type Open = (input: EmitInput, target: EmitTarget) => () => AsyncIterable<Uint8Array>;

const openExt4: Open = ({ settings, blobs }, { tree, createdSeconds }) => {
  const plan = planRootExt4(tree, settings.name, createdSeconds);
  return () => writeExt4(plan, blobs);
};

/** The archive has no place for extended attributes; that is said. */
function tellXattrs(ctx: Context, { tree, target }: EmitTarget, format: OutputFormat): void {
  const count = [...tree.values()].filter(({ xattrs }) => (xattrs?.size ?? 0) > 0).length;
  if (count === 0) return;
  const text = `${format} of ${target.name}: the extended attributes of ${String(count)} files are left out, which cpio cannot keep`;
  ctx.emit({ type: 'warning', text });
}

const openCpio: Open =
  ({ blobs }, { tree }) =>
  () =>
    treeToCpio(tree, blobs);

/** The root file system as an ext4 image, as small as it can be; no program and no root is needed to make it. */
export const ext4: Output = plain('ext4', 'application/x-ext4-image', openExt4);
export const ext4Gz: Output = gzipped('ext4.gz', openExt4);
/** What Linux unpacks as its first root. */
export const cpio: Output = plain('cpio', 'application/x-cpio', openCpio);
export const cpioGz: Output = gzipped('cpio.gz', openCpio);
/** The same, with xz as kernels unpack it. */
export const cpioXz: Output = {
  extension: 'cpio.xz',
  mediaType: 'application/x-xz',
  perTarget: true,
  async emit(ctx, input) {
    const artifacts = [];
    for (const target of input.targets) {
      tellXattrs(ctx, target, 'cpio.xz');
      const open = openCpio(input, target);
      const raw = await measure(open());
      const blob = await input.blobs.putStream(ctx.tools.pipe('xz', kernelXzArguments, open()));
      artifacts.push({
        ...blob,
        format: 'cpio.xz' as const,
        fileName: outputFileName(input.settings.name, target.target.fileLabel, 'cpio.xz'),
        targets: [target.target.name],
        mediaType: 'application/x-xz',
        rawBytes: raw.sizeBytes,
        layers: [],
        write: async (io: Context, path: string) => {
          await io.fs.writeAtomic(path, input.blobs.open(blob));
        },
      });
    }
    return artifacts;
  },
};

function plain(format: OutputFormat, mediaType: string, open: Open): Output {
  return {
    extension: format,
    mediaType,
    perTarget: true,
    async emit(ctx, input) {
      const artifacts = [];
      for (const target of input.targets) {
        if (format === 'cpio') tellXattrs(ctx, target, format);
        const chunks = open(input, target);
        const { digest, sizeBytes } = await measure(chunks());
        artifacts.push({
          format,
          fileName: outputFileName(input.settings.name, target.target.fileLabel, format),
          targets: [target.target.name],
          mediaType,
          digest,
          sizeBytes,
          rawBytes: sizeBytes,
          layers: [],
          write: async (io: Parameters<Output['emit']>[0], path: string) => {
            await io.fs.writeAtomic(path, chunks());
          },
        });
      }
      return artifacts;
    },
  };
}

function gzipped(format: OutputFormat, open: Open): Output {
  return {
    extension: format,
    mediaType: 'application/gzip',
    perTarget: true,
    async emit(ctx, input) {
      const artifacts = [];
      for (const target of input.targets) {
        if (format === 'cpio.gz') tellXattrs(ctx, target, format);
        const { blob, raw } = await compressStream(ctx, input, open(input, target), format, target.target.name);
        artifacts.push({
          ...blob,
          format,
          fileName: outputFileName(input.settings.name, target.target.fileLabel, format),
          targets: [target.target.name],
          mediaType: 'application/gzip',
          rawBytes: raw.sizeBytes,
          layers: [],
          write: async (io: Parameters<Output['emit']>[0], path: string) => {
            await io.fs.writeAtomic(path, input.blobs.open(blob));
          },
        });
      }
      return artifacts;
    },
  };
}
