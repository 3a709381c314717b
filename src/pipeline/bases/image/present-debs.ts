import { parseDeb822 } from '../../../codec/deb822.ts';
import { indexPackage } from '../../../feed/deb/index-package.ts';
import { indexFields, type IndexField } from '../../../feed/deb/index-fields.ts';
import type { DebPackage, DebUniverse } from '../../../solve/deb/deb-package.ts';
import { imageFeed, type PresentPackages } from './present-packages.ts';

/**
 * A universe in which each package of the image is there in the version that the image has, and needs nothing: it has
 * been running. Throws KP4004 for a broken database.
 */
export function withPresentDebs(
  universe: DebUniverse,
  present: PresentPackages | undefined,
  architecture: string,
): DebUniverse {
  if (present === undefined) return universe;
  const packages = new Map<string, DebPackage>();
  for (const paragraph of parseDeb822(present.text, present.where)) {
    const status = paragraph.get('status');
    const own = paragraph.get('architecture') ?? architecture;
    if (status !== undefined && !/(?:^|\s)installed$/u.test(status)) continue;
    if (own !== architecture && own !== 'all') continue;
    const fields = new Map<IndexField, string>();
    for (const [name, value] of paragraph) if (isIndexField(name)) fields.set(name, value);
    const found = indexPackage(fields, { feed: imageFeed, suite: imageFeed, archive: '' });
    packages.set(found.name, needsNothing(found));
  }
  const provided = (name: string): DebPackage[] =>
    [...packages.values()].filter(({ provides }) => provides.some((one) => one.name === name));
  return {
    named(name) {
      const own = packages.get(name);
      return own === undefined ? universe.named(name) : [own];
    },
    providing: (name) => [
      ...provided(name),
      ...universe.providing(name).filter((candidate) => !packages.has(candidate.name)),
    ],
    names: () => universe.names(),
    mentionRank: (name) => universe.mentionRank(name),
  };
}

function isIndexField(name: string): name is IndexField {
  return Object.hasOwn(indexFields, name);
}

function needsNothing(found: DebPackage): DebPackage {
  const { name, version, architecture, feed, suite, multiArch, essential, priority, source, sourceVersion } = found;
  return {
    name,
    version,
    architecture,
    feed,
    suite,
    multiArch,
    essential,
    priority,
    source,
    sourceVersion,
    preDepends: [],
    depends: [],
    conflicts: found.conflicts,
    breaks: found.breaks,
    replaces: found.replaces,
    provides: found.provides,
  };
}
