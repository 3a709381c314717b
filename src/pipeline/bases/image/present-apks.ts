import type { ApkUniverse } from '../../../solve/apk/universe.ts';
import { apkUniverse } from '../../../solve/apk/universe.ts';
import { parseApkIndex, type ApkIndexPackage } from '../../../feed/apk/parse-index.ts';
import { trustAnyway } from '../../../crypto/verdict.ts';
import { imageFeed, type PresentPackages } from './present-packages.ts';

/**
 * A universe in which each package of the image is there in the version that the image has, and needs nothing. Records
 * of apk's `installed` are those of an index with further lines. Throws KP5070 for a broken database.
 */
export function withPresentApks(
  universe: ApkUniverse,
  present: PresentPackages | undefined,
  architecture: string,
): ApkUniverse {
  if (present === undefined) return universe;
  const origin = {
    feed: imageFeed,
    folder: '',
    where: present.where,
    architecture,
    maxPackages: Number.POSITIVE_INFINITY,
  };
  const own = parseApkIndex(trustAnyway(present.text, 'the image is the base').value, origin).map(
    (one): ApkIndexPackage => ({ ...one, depends: [], installIf: [] }),
  );
  const names = new Set(own.map(({ name }) => name));
  const others = universe.repositories.map(({ tag }, bit) => ({
    tag,
    packages: [...universe.graph.nodeNames.keys()]
      .map((id) => universe.nodeOf(id))
      .filter((node) => (node.repositories & (1 << bit)) !== 0 && !names.has(node.name.text))
      .map((node) => node.package),
  }));
  return apkUniverse([{ packages: own }, ...others]);
}
