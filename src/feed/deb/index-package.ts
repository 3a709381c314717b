import type { DebPackage } from '../../solve/deb/deb-package.ts';
import type { Dependency, Relation } from '../../solve/problem.ts';
import type { IndexField } from './index-fields.ts';
import { parseDependencies, parseProvides, parseRelations, type RelationScope } from './relation.ts';

/** A package as it stands in an index, with where to get it. */
export interface DebIndexPackage extends DebPackage {
  /** URL of the archive that the index belongs to, without a trailing slash. */
  readonly archive: string;
  /** Path below the archive; empty when the index does not say. */
  readonly filename: string;
  /** 64 hexadecimal digits; empty when the index does not say. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Where an index comes from. */
export interface IndexOrigin {
  readonly feed: string;
  /** What `name/suite` selects by. */
  readonly suite: string;
  readonly archive: string;
}

/**
 * Decodes a record of an index. Relations are read when they are first asked for: a solver looks at the names of many
 * packages and at the dependencies of few. Throws nothing; the relations throw KP5057.
 */
export function indexPackage(fields: ReadonlyMap<IndexField, string>, origin: IndexOrigin): DebIndexPackage {
  const text = (field: IndexField): string => fields.get(field) ?? '';
  const name = text('package');
  const version = text('version');
  const architecture = text('architecture');
  const scope = (field: string): RelationScope => ({ architecture, where: `${name} ${version} (${field})` });
  const dependencies = (field: IndexField, title: string): (() => readonly Dependency[]) =>
    once(() => parseDependencies(text(field), scope(title)));
  const relations = (field: IndexField, title: string): (() => readonly Relation[]) =>
    once(() => parseRelations(text(field), scope(title)));

  const preDepends = dependencies('pre-depends', 'Pre-Depends');
  const depends = dependencies('depends', 'Depends');
  const recommends = dependencies('recommends', 'Recommends');
  const suggests = dependencies('suggests', 'Suggests');
  const enhances = dependencies('enhances', 'Enhances');
  const conflicts = relations('conflicts', 'Conflicts');
  const breaks = relations('breaks', 'Breaks');
  const replaces = relations('replaces', 'Replaces');
  const provides = once(() => parseProvides(text('provides'), scope('Provides')));
  // `Source: name (version)`; without either it is the package's own.
  const [, source, sourceVersion] = /^(\S+)(?:\s+\(([^)]*)\))?$/u.exec(text('source')) ?? [];
  return {
    name,
    version,
    architecture,
    feed: origin.feed,
    suite: origin.suite,
    multiArch: multiArch(text('multi-arch')),
    essential: text('essential') === 'yes',
    protected: text('protected') === 'yes' || text('important') === 'yes',
    priority: text('priority'),
    source: source ?? name,
    sourceVersion: sourceVersion ?? version,
    archive: origin.archive,
    filename: text('filename'),
    sha256: text('sha256').toLowerCase(),
    sizeBytes: /^\d{1,15}$/u.test(text('size')) ? Number(text('size')) : -1,
    get preDepends() {
      return preDepends();
    },
    get depends() {
      return depends();
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
    get conflicts() {
      return conflicts();
    },
    get breaks() {
      return breaks();
    },
    get replaces() {
      return replaces();
    },
    get provides() {
      return provides();
    },
  };
}

function multiArch(text: string): DebPackage['multiArch'] {
  return text === 'same' || text === 'foreign' || text === 'allowed' ? text : 'no';
}

function once<T extends object>(make: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= make());
}
