import type { Origin } from '../values/origin.ts';
import type { FoundPackage } from './installed-packages.ts';
import type { SizeOwner } from './size-report.ts';

/** Who brought a node of a tree that kilopy built. */
export function ownerOfOrigin(origin: Origin): SizeOwner {
  const { kind } = origin;
  switch (kind) {
    case 'package':
    case 'dependency':
      return { kind, name: origin.name, version: origin.version };
    case 'app':
      return { kind, name: 'app', version: undefined };
    case 'overlay':
      return { kind, name: 'files:', version: undefined };
    case 'image':
      return { kind, name: origin.layer, version: undefined };
    case 'pass':
    default:
      return { kind, name: `kilopy’s step ${origin.pass}`, version: undefined };
  }
}

/** Who brought a path of a foreign image: the package that lists it, else the layer. */
export function ownerInImage(owners: ReadonlyMap<string, FoundPackage>): (path: string, origin: Origin) => SizeOwner {
  return (path, origin) => {
    const found = packageAt(owners, path);
    if (found !== undefined) return { kind: 'package', name: found.name, version: found.version };
    const layer = origin.kind === 'image' ? origin.layer : 'image';
    const name = layer.startsWith('sha256:') ? `layer ${layer.slice(7, 19)}` : 'no package';
    return { kind: 'image', name, version: undefined };
  };
}

/** Databases of before /usr was merged list `lib/x` for what stands at `usr/lib/x`. */
export function packageAt(owners: ReadonlyMap<string, FoundPackage>, path: string): FoundPackage | undefined {
  return owners.get(path) ?? (path.startsWith('usr/') ? owners.get(path.slice(4)) : owners.get(`usr/${path}`));
}
