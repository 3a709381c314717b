import { parseDependencies, parseProvides, parseRelations } from '../../src/feed/deb/relation.ts';
import { debVersionRules } from '../../src/feed/deb/version.ts';
import type { DebPackage, DebUniverse } from '../../src/solve/deb/deb-package.ts';
import { solveDeb } from '../../src/solve/deb/solve-deb.ts';
import { debUniverse } from '../../src/solve/deb/universe.ts';
import type { Problem, Solution } from '../../src/solve/problem.ts';

/** The packages of a Packages file, relations parsed when they are asked for. */
export function packagesFromText(text: string, suite: string = 'trixie', architecture: string = 'amd64'): DebPackage[] {
  return text
    .split(/\n\s*\n/u)
    .filter((stanza) => stanza.trim() !== '')
    .map((stanza) => lazyPackage(stanza, suite, architecture));
}

/** A problem over stanzas; lines may be indented, and a stanza without a version has version 1. */
export function debProblem(text: string, wishes: readonly string[]): Problem<DebUniverse> {
  return {
    universe: debUniverse(packagesFromText(text.replaceAll(/^[ \t]+/gmu, ''))),
    rules: debVersionRules,
    architecture: 'amd64',
    wishes: wishes.map((wish, index) => ({ text: wish, where: { file: 'kilopy.yaml', line: 7 + index, column: 5 } })),
  };
}

export function solveWorld(text: string, ...wishes: readonly string[]): Solution<DebPackage> {
  return solveDeb(debProblem(text, wishes));
}

/** The names that are chosen, in install order; or the kind of the failure. */
export function chosen(text: string, ...wishes: readonly string[]): string {
  const solution = solveWorld(text, ...wishes);
  if (!solution.ok) return solution.explanation.kind;
  return solution.plan.steps.map((step) => step.package.name).join(' ');
}

function lazyPackage(stanza: string, suite: string, architecture: string): DebPackage {
  const fields = new Map(
    stanza
      .trim()
      .split(/\n(?! )/u)
      .map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
      }),
  );
  const field = (name: string): string => fields.get(name) ?? '';
  const name = field('Package');
  const version = field('Version') || '1';
  const scope = { architecture, where: name };
  const dependencies = (one: string) => once(() => parseDependencies(field(one), scope));
  const relations = (one: string) => once(() => parseRelations(field(one), scope));
  const preDepends = dependencies('Pre-Depends');
  const depends = dependencies('Depends');
  const recommends = dependencies('Recommends');
  const suggests = dependencies('Suggests');
  const enhances = dependencies('Enhances');
  const conflicts = relations('Conflicts');
  const breaks = relations('Breaks');
  const replaces = relations('Replaces');
  const [source = name, sourceVersion = version] = field('Source')
    .split(/[ ()]+/u)
    .filter((part) => part !== '');
  return {
    name,
    version,
    architecture: field('Architecture') || 'all',
    feed: 'debian',
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

function once<T>(make: () => T): () => T {
  let value: { readonly made: T } | undefined;
  return () => (value ??= { made: make() }).made;
}
