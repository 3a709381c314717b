import type { Artifact } from './artifact.ts';
import { outputFileName } from './oci-names.ts';
import type { Output } from './output.ts';
import { textArtifact } from './text-artifact.ts';

const mediaType = 'text/plain';

/** `name - version` of every package that something in the image is of, by name, as OpenWrt writes it. */
export const manifest: Output = {
  extension: 'manifest',
  mediaType,
  perTarget: true,
  async emit(_ctx, { settings, targets }) {
    return await Promise.resolve(
      targets.map(({ target, tree }) => {
        const packages = new Set<string>();
        for (const { origin } of tree.values()) {
          if (origin.kind === 'package') packages.add(`${origin.name} - ${origin.version}\n`);
        }
        const fileName = outputFileName(settings.name, target.fileLabel, 'manifest');
        return textArtifact('manifest', fileName, [target.name], [...packages].toSorted().join(''));
      }),
    );
  },
};

/** Takes no part in `emit`: it is made of the others, by `sumsOf`. */
export const sha256sums: Output = {
  extension: 'sha256sums',
  mediaType,
  perTarget: false,
  emit: async () => await Promise.resolve([]),
};

/** `HASH *NAME` of every file among the artifacts, by name; folders have no digest of this kind. */
export function sumsOf(artifacts: readonly Artifact[]): Artifact {
  const files = artifacts.filter(({ format }) => format !== 'dir' && format !== 'oci-dir');
  const lines = files
    .map(({ digest, fileName }) => ({ fileName, line: `${digest.slice('sha256:'.length)} *${fileName}\n` }))
    .toSorted((a, b) => (a.fileName < b.fileName ? -1 : 1))
    .map(({ line }) => line);
  const targets = [...new Set(artifacts.flatMap((artifact) => artifact.targets))];
  return textArtifact('sha256sums', 'sha256sums', targets, lines.join(''));
}
