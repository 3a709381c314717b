import type { Problem, Relation } from '../problem.ts';
import type { Clause } from './clause.ts';
import type { DebPackage, DebUniverse } from './deb-package.ts';

/** What a relation can point at: the real versions of a name, and those who provide it. */
export interface Target {
  /** `foo`, `foo:any` or `foo:amd64`: three different targets for apt. */
  readonly key: string;
  /** Best version first. Only for the plain name. */
  readonly versions: readonly DebPackage[];
  /** Last of the index first, as in apt's cache. */
  readonly provisions: readonly Provision[];
}

export interface Provision {
  readonly owner: DebPackage;
  /** Unversioned provisions satisfy only relations without a version. */
  readonly version: string | undefined;
}

/** Looks targets up in the universe, each once. */
export interface Targets {
  of(relation: Relation): Target;
  named(name: string): Target;
  /** Keys of every target that this version satisfies: its name, its provisions, and their qualified forms. */
  keysOf(version: DebPackage): readonly string[];
  /** Whether a version of the target, or a provision of it, is what the relation asks for. */
  matches(relation: Relation, version: string | undefined): boolean;
  /** The packages that match, real ones first; without regard to what is or can be installed. */
  solutions(clause: Clause, relation: Relation): readonly DebPackage[];
}

/** Reads the multi-arch qualifiers as apt does on a system with one architecture. */
export function debTargets({ universe, rules, architecture }: Problem<DebUniverse>): Targets {
  const found = new Map<string, Target>();

  function lookUp(key: string, make: () => Omit<Target, 'key'>): Target {
    let target = found.get(key);
    if (target === undefined) {
      target = { key, ...make() };
      found.set(key, target);
    }
    return target;
  }

  function named(name: string): Target {
    return lookUp(name, () => ({
      versions: bestFirst(universe.named(name)),
      // A package that provides its own name in its own version adds nothing.
      provisions: provided(name).filter(
        ({ owner, version }) => owner.name !== name || (version !== undefined && version !== owner.version),
      ),
    }));
  }

  function qualified(name: string, qualifier: string): Target {
    const native = qualifier === 'native' || qualifier === architecture;
    return lookUp(`${name}:${native ? architecture : qualifier}`, () => {
      if (!native && qualifier !== 'any') return { versions: [], provisions: [] };
      const owners = [...universe.named(name).map((owner) => ({ owner, version: owner.version })), ...provided(name)];
      // `foo:any` only reaches packages that allow it; `foo:amd64` reaches whatever is built for amd64.
      return { versions: [], provisions: owners.filter(({ owner }) => native || owner.multiArch === 'allowed') };
    });
  }

  function provided(name: string): Provision[] {
    return universe
      .providing(name)
      .flatMap((owner) =>
        owner.provides.filter((item) => item.name === name).map(({ version }) => ({ owner, version })),
      )
      .toReversed();
  }

  /** Of two stanzas with one version the first wins, as the first source does in apt. */
  function bestFirst(versions: readonly DebPackage[]): readonly DebPackage[] {
    if (versions.length < 2) return versions;
    const sorted = [...versions].sort((a, b) => rules.compare(b.version, a.version));
    return sorted.filter(
      (one, index) => index === 0 || rules.compare(one.version, sorted[index - 1]?.version ?? '') !== 0,
    );
  }

  function of({ name, architecture: qualifier }: Relation): Target {
    return qualifier === undefined ? named(name) : qualified(name, qualifier);
  }

  function matches(relation: Relation, version: string | undefined): boolean {
    if (relation.version === undefined) return true;
    return version !== undefined && rules.satisfies(version, relation.operator ?? '=', relation.version);
  }

  return {
    of,
    named,
    matches,
    keysOf({ name, multiArch, provides }) {
      const names = [name, ...provides.map((item) => item.name)];
      return [...new Set(names)].flatMap((one) => [
        one,
        `${one}:${architecture}`,
        ...(multiArch === 'allowed' ? [`${one}:any`] : []),
      ]);
    },
    solutions(clause, relation) {
      const target = of(relation);
      return [
        ...target.versions.filter((version) => !isOwnName(clause, version) && matches(relation, version.version)),
        ...target.provisions
          .filter(({ owner, version }) => !isOwnName(clause, owner) && matches(relation, version))
          .map(({ owner }) => owner),
      ];
    },
  };
}

/** Conflicts and Breaks never apply to another version of the package that declares them, nor to what it provides. */
export function isOwnName(clause: Clause, other: DebPackage): boolean {
  return clause.negative && clause.parent.name === other.name;
}
