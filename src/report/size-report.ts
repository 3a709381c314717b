import { comparePaths } from '../codec/path-text.ts';
import type { Tree } from '../tree/node.ts';
import { sizedFiles } from '../tree/sizes.ts';
import type { Digest } from '../values/digest.ts';
import type { Origin } from '../values/origin.ts';
import { shareOut } from './share-out.ts';

/** Who brought a file: what arrived together counts together. */
export interface SizeOwner {
  readonly kind: Origin['kind'] | 'hidden';
  readonly name: string;
  readonly version: string | undefined;
}

export interface FileSize {
  readonly path: string;
  readonly owner: SizeOwner;
  /** Content, uncompressed. Hard links count once, for the first path. */
  readonly sizeBytes: number;
  /**
   * Its share of the compressed layer: its own deflate size, scaled so that the column adds up to the layer. Undefined
   * where nothing is compressed.
   */
  readonly wireBytes: number | undefined;
}

export interface OwnerSize extends SizeOwner {
  readonly files: number;
  readonly sizeBytes: number;
  readonly wireBytes: number | undefined;
}

export interface LayerSize {
  readonly name: string;
  /** Its tar; undefined where there is none. */
  readonly rawBytes: number | undefined;
  /** Compressed; undefined where it is not. */
  readonly sizeBytes: number | undefined;
}

export interface SizeReport {
  readonly layers: readonly LayerSize[];
  readonly files: readonly FileSize[];
  /** Files by package, application, overlay, layer or pass. */
  readonly owners: readonly OwnerSize[];
  readonly total: { readonly files: number; readonly sizeBytes: number; readonly wireBytes: number | undefined };
}

/** One layer with the nodes that are visible in the end. */
export interface MeasuredLayer extends LayerSize {
  readonly nodes: Tree;
  /** Contents of this layer that later layers hide: they are on the wire all the same. */
  readonly hidden?: { readonly rawBytes: number; readonly deflatedBytes: number };
}

/**
 * Sizes of an image by file and by owner, biggest first.
 *
 * @param deflatedBytes own deflate size by digest of content
 */
export function sizeReport(
  layers: readonly MeasuredLayer[],
  deflatedBytes: ReadonlyMap<Digest, number>,
  ownerOf: (path: string, origin: Origin) => SizeOwner,
): SizeReport {
  const files = layers.flatMap((layer) => layerFiles(layer, deflatedBytes, ownerOf)).toSorted(bySize);
  const visible = files.filter(({ owner }) => owner.kind !== 'hidden');
  return {
    layers: layers.map(({ name, rawBytes, sizeBytes }) => ({ name, rawBytes, sizeBytes })),
    files: visible,
    owners: byOwner(files),
    total: {
      files: visible.length,
      sizeBytes: visible.reduce((sum, one) => sum + one.sizeBytes, 0),
      wireBytes: sumOf(files.map(({ wireBytes }) => wireBytes)),
    },
  };
}

function layerFiles(
  layer: MeasuredLayer,
  deflatedBytes: ReadonlyMap<Digest, number>,
  ownerOf: (path: string, origin: Origin) => SizeOwner,
): FileSize[] {
  const sized = sizedFiles(layer.nodes).flatMap(({ node, sizeBytes }) =>
    node.type === 'file' ? [{ node, sizeBytes, deflated: deflatedBytes.get(node.content.digest) ?? 0 }] : [],
  );
  const { hidden } = layer;
  const hiddenBytes = hidden?.deflatedBytes ?? 0;
  const wire =
    layer.sizeBytes === undefined
      ? undefined
      : shareOut([...sized.map((one) => one.deflated), hiddenBytes], layer.sizeBytes);
  const rows = sized.map(({ node, sizeBytes }, at): FileSize => ({
    path: node.path,
    owner: ownerOf(node.path, node.origin),
    sizeBytes,
    wireBytes: wire?.[at],
  }));
  if (hidden === undefined || hidden.rawBytes === 0) return rows;
  const owner = { kind: 'hidden', name: 'hidden by later layers', version: undefined } as const;
  return [...rows, { path: '', owner, sizeBytes: hidden.rawBytes, wireBytes: wire?.at(-1) }];
}

function byOwner(files: readonly FileSize[]): OwnerSize[] {
  const rows = new Map<string, FileSize[]>();
  for (const file of files) {
    const key = `${file.owner.kind} ${file.owner.name}`;
    const row = rows.get(key);
    if (row === undefined) rows.set(key, [file]);
    else row.push(file);
  }
  return [...rows.values()]
    .flatMap((group): OwnerSize[] => {
      const [first] = group;
      if (first === undefined) return [];
      const sizeBytes = group.reduce((sum, one) => sum + one.sizeBytes, 0);
      return [{ ...first.owner, files: group.length, sizeBytes, wireBytes: sumOf(group.map((one) => one.wireBytes)) }];
    })
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes || comparePaths(a.name, b.name));
}

function bySize(a: FileSize, b: FileSize): number {
  return b.sizeBytes - a.sizeBytes || comparePaths(a.path, b.path);
}

function sumOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0);
}
