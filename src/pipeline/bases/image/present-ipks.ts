import { parseOpkgControl } from '../../../codec/opkg-control.ts';
import { opkgPackage } from '../../../feed/opkg/parse-index.ts';
import { opkgPriorities, opkgUniverse, type OpkgUniverse } from '../../../solve/opkg/universe.ts';
import { imageFeed, type PresentPackages } from './present-packages.ts';

/**
 * A universe in which each package of the image is there in the version that the image has, and needs nothing. opkg takes
 * what is given as a file before anything else. Throws KP5102 for a broken database.
 */
export function withPresentIpks(
  universe: OpkgUniverse,
  present: PresentPackages | undefined,
  architecture: string,
): OpkgUniverse {
  if (present === undefined) return universe;
  const origin = { feed: imageFeed, folder: '', where: present.where };
  const own = parseOpkgControl(present.text)
    .filter((fields) => /(?:^|\s)installed$/u.test(fields.get('status') ?? 'installed'))
    .map((fields) => ({ ...opkgPackage(fields, origin, true), depends: [] }));
  const names = new Set(own.map(({ name }) => name));
  const absent = ({ name }: { readonly name: string }): boolean => !names.has(name);
  return opkgUniverse(
    universe.indexed.filter(absent),
    [...own, ...universe.byHand.filter(absent)],
    opkgPriorities(architecture),
  );
}
