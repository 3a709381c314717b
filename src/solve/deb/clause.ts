import type { Dependency, Relation } from '../problem.ts';
import type { DebPackage } from './deb-package.ts';

/** One element of a relation field: alternatives of which one must hold, or one package that must be absent. */
export interface Clause {
  readonly parent: DebPackage;
  readonly field: 'Pre-Depends' | 'Depends' | 'Conflicts' | 'Breaks' | 'Recommends' | 'Suggests';
  /** Conflicts and Breaks: satisfied while nothing matches. They have exactly one relation. */
  readonly negative: boolean;
  readonly relations: Dependency;
}

/** Everything that must hold once the package is installed, in the order in which apt looks at it. */
export function clausesOf(parent: DebPackage): readonly Clause[] {
  return [
    ...positive(parent, 'Pre-Depends', parent.preDepends),
    ...positive(parent, 'Depends', parent.depends),
    ...negative(parent, 'Conflicts', parent.conflicts),
    ...negative(parent, 'Breaks', parent.breaks),
  ];
}

/** What is only good to have: read for keeping leftovers and for scores. */
export function softClausesOf(parent: DebPackage): readonly Clause[] {
  return [
    ...positive(parent, 'Recommends', parent.recommends ?? []),
    ...positive(parent, 'Suggests', parent.suggests ?? []),
  ];
}

export function formatRelation({ name, architecture, operator, version }: Relation): string {
  const qualified = architecture === undefined ? name : `${name}:${architecture}`;
  return version === undefined ? qualified : `${qualified} (${operator ?? '='} ${version})`;
}

export function formatDependency(relations: Dependency): string {
  return relations.map(formatRelation).join(' | ');
}

function positive(parent: DebPackage, field: Clause['field'], dependencies: readonly Dependency[]): Clause[] {
  return dependencies.map((relations) => ({ parent, field, negative: false, relations }));
}

function negative(parent: DebPackage, field: Clause['field'], relations: readonly Relation[]): Clause[] {
  return relations.map((relation) => ({ parent, field, negative: true, relations: [relation] }));
}
