import { readFile } from 'node:fs/promises';
import { parseDependencies, parseProvides, parseRelations } from '../../src/feed/deb/relation.ts';
import type { DebPackage, DebUniverse } from '../../src/solve/deb/deb-package.ts';
import { debUniverse } from '../../src/solve/deb/universe.ts';
import type { AptRoot } from './apt-oracle.ts';

/** The universe that apt sees: its own lists, relations parsed when they are asked for. */
export async function aptUniverse(root: AptRoot): Promise<DebUniverse> {
  return debUniverse(await aptPackages(root));
}

export async function aptPackages(root: AptRoot): Promise<readonly DebPackage[]> {
  const packages: DebPackage[] = [];
  for (const list of root.lists) {
    const suite = /_dists_(.+?)_main/u.exec(list)?.[1] ?? list;
    for (const stanza of (await readFile(list, 'utf8')).split('\n\n')) {
      if (stanza.trim() !== '') packages.push(lazyPackage(stanza, suite, root.architecture));
    }
  }
  return packages;
}

function lazyPackage(stanza: string, suite: string, architecture: string): DebPackage {
  const fields = new Map(
    stanza.split(/\n(?! )/u).map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
    }),
  );
  const field = (name: string): string => fields.get(name) ?? '';
  const name = field('Package');
  const version = field('Version');
  const scope = { architecture, where: name };
  const once = <T>(make: () => T): (() => T) => {
    let value: { readonly made: T } | undefined;
    return () => (value ??= { made: make() }).made;
  };
  const dependencies = (one: string) => once(() => parseDependencies(field(one), scope));
  const relations = (one: string) => once(() => parseRelations(field(one), scope));
  const [preDepends, depends] = [dependencies('Pre-Depends'), dependencies('Depends')];
  const [recommends, suggests, enhances] = [
    dependencies('Recommends'),
    dependencies('Suggests'),
    dependencies('Enhances'),
  ];
  const [conflicts, breaks, replaces] = [relations('Conflicts'), relations('Breaks'), relations('Replaces')];
  const [source = name, sourceVersion = version] = field('Source')
    .split(/[ ()]+/u)
    .filter(Boolean);
  return {
    name,
    version,
    architecture: field('Architecture'),
    feed: suite,
    suite,
    multiArch: (field('Multi-Arch') || 'no') as DebPackage['multiArch'],
    essential: field('Essential') === 'yes',
    protected: field('Protected') === 'yes' || field('Important') === 'yes',
    priority: field('Priority'),
    source,
    sourceVersion,
    provides: parseProvides(field('Provides'), scope),
    get preDepends() {
      return preDepends();
    },
    get depends() {
      return depends();
    },
    get conflicts() {
      return conflicts();
    },
    get breaks() {
      return breaks();
    },
    get replaces() {
      return replaces();
    },
    get recommends() {
      return recommends();
    },
    get suggests() {
      return suggests();
    },
    get enhances() {
      return enhances();
    },
  };
}
