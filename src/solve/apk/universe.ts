import { parseApkChecksum } from '../../crypto/apk-checksum.ts';
import type { VersionRules } from '../problem.ts';
import type { ApkDependency, ApkPackage, ApkRepository } from './apk-package.ts';
import { nameBucket, nameBuckets } from './name-hash.ts';

/** All packages of all repositories of one build as a graph over names. It does not change: solutions keep their own state. */
export interface ApkUniverse {
  readonly repositories: readonly ApkRepository[];
  readonly nameCount: number;
  readonly nodeCount: number;
  /** The node of a name, also of one that no package mentions. */
  nameOf(name: string): ApkName;
  /** Packages that are called so, in the order of the repositories. */
  named(name: string): readonly ApkPackage[];
  /** For suggestions: every name that a package has or provides. */
  names(): Iterable<string>;
}

/** A name that packages have, provide, depend on or are triggered by. */
export interface ApkName {
  /** Counts from 0. */
  readonly id: number;
  readonly text: string;
  readonly providers: readonly ApkProvider[];
  /** Names of which a provider depends on this one. */
  readonly dependents: readonly ApkName[];
  /** Names of which a provider has this one among its install_if. */
  readonly triggered: readonly ApkName[];
}

export interface ApkProvider {
  readonly node: ApkNode;
  /** The package's own version under its own name, what `provides` says under another; `''` for none. */
  readonly version: string;
}

/** A package in the graph. */
export interface ApkNode {
  /** Counts from 0. */
  readonly id: number;
  readonly package: ApkPackage;
  readonly name: ApkName;
  readonly depends: readonly ApkLink[];
  readonly provides: readonly ApkLink[];
  readonly installIf: readonly ApkLink[];
  /** One bit for each repository that has it. */
  readonly repositories: number;
}

/** A dependency with its name resolved. */
export interface ApkLink extends Omit<ApkDependency, 'name'> {
  readonly name: ApkName;
}

interface MutableName extends ApkName {
  readonly providers: ApkProvider[];
  readonly dependents: MutableName[];
  readonly triggered: MutableName[];
}

type MutableNode = { -readonly [K in keyof ApkNode]: ApkNode[K] };

/**
 * Builds the graph. The order of everything in it is apk's: providers as the indexes list them, dependents and triggered
 * names in the order in which apk's table of names holds them, which decides the order of what install_if brings.
 */
export function apkUniverse(repositories: readonly ApkRepository[]): ApkUniverse {
  const names = new NameTable();
  const nodes = new Map<string, MutableNode>();
  for (const [position, { packages }] of repositories.entries()) {
    const bit = 1 << position;
    for (const pkg of packages) {
      const known = nodes.get(pkg.identity);
      const node = known ?? makeNode(pkg, nodes.size, names);
      node.repositories |= bit;
      if (known !== undefined) continue;
      nodes.set(pkg.identity, node);
      (node.name as MutableName).providers.push({ node, version: pkg.version });
      for (const { name, version } of node.provides) (name as MutableName).providers.push({ node, version });
    }
  }
  linkBack(names);
  return {
    repositories,
    nodeCount: nodes.size,
    get nameCount() {
      return names.all.length;
    },
    nameOf: (text) => names.of(text),
    named(text) {
      const name = names.of(text);
      return name.providers.filter(({ node }) => node.name === name).map(({ node }) => node.package);
    },
    *names() {
      for (const { text, providers } of names.all) if (providers.length > 0) yield text;
    },
  };
}

class NameTable {
  /** By id, in the order in which they were first mentioned. */
  readonly all: MutableName[] = [];
  private readonly byText = new Map<string, MutableName>();

  of(text: string): MutableName {
    let name = this.byText.get(text);
    if (name === undefined) {
      name = { id: this.all.length, text, providers: [], dependents: [], triggered: [] };
      this.byText.set(text, name);
      this.all.push(name);
    }
    return name;
  }

  links(dependencies: readonly ApkDependency[]): ApkLink[] {
    return dependencies.map(({ name, operator, version, negative }) => ({
      name: this.of(name),
      operator,
      version,
      negative,
    }));
  }

  /** As apk's table holds them: by bucket, and within one the name that was mentioned last comes first. */
  inTableOrder(): MutableName[] {
    const buckets: (MutableName[] | undefined)[] = Array.from({ length: nameBuckets });
    for (let id = this.all.length - 1; id >= 0; id -= 1) {
      const name = this.all[id];
      if (name === undefined) continue;
      const bucket = nameBucket(name.text);
      const others = buckets[bucket];
      if (others === undefined) buckets[bucket] = [name];
      else others.push(name);
    }
    return buckets.flatMap((bucket) => bucket ?? []);
  }
}

function makeNode(pkg: ApkPackage, id: number, names: NameTable): MutableNode {
  let [depends, provides, installIf]: (readonly ApkLink[])[] = [none, none, none];
  for (const field of pkg.mentions ?? 'PDpi') {
    if (field === 'P') names.of(pkg.name);
    else if (field === 'D') depends = names.links(pkg.depends);
    else if (field === 'p') provides = names.links(pkg.provides);
    else installIf = names.links(pkg.installIf);
  }
  return {
    id,
    package: pkg,
    name: names.of(pkg.name),
    depends: depends ?? none,
    provides: provides ?? none,
    installIf: installIf ?? none,
    repositories: 0,
  };
}

const none: readonly ApkLink[] = [];

function linkBack(names: NameTable): void {
  // By id, the last name (its id + 1) that was entered into the list of this one.
  const dependents = new Int32Array(names.all.length);
  const triggered = new Int32Array(names.all.length);
  for (const name of names.inTableOrder()) {
    const mark = name.id + 1;
    for (const { node } of name.providers) {
      for (const { name: needed } of node.depends) {
        if (dependents[needed.id] === mark) continue;
        dependents[needed.id] = mark;
        (needed as MutableName).dependents.push(name);
      }
      for (const { name: trigger } of node.installIf) {
        if (triggered[trigger.id] === mark) continue;
        triggered[trigger.id] = mark;
        (trigger as MutableName).triggered.push(name);
      }
    }
  }
}

/** What is chosen for a name: a provider, or nothing. */
export interface Choice {
  readonly node: ApkNode | undefined;
  readonly version: string;
}

/**
 * Whether a provider of the name fulfils a link of `from` (undefined: of the world). Nothing chosen fulfils `!name`, and
 * so does the package itself.
 */
export function isFulfilled(rules: VersionRules, from: ApkNode | undefined, link: ApkLink, by: Choice): boolean {
  if (by.node === undefined) return link.negative;
  if (!link.negative && isChecksumOperator(link.operator)) {
    const wanted = parseApkChecksum(link.version);
    return wanted?.algorithm === 'sha1' && wanted.hex === by.node.package.identity;
  }
  if (link.negative && from === by.node) return true;
  return rules.satisfies(by.version, link.operator, link.version) !== link.negative;
}

/** `><` (and its mirror, which apk takes for the same) compares the package's checksum instead of a version. */
export function isChecksumOperator(operator: string): boolean {
  return operator.length >= 2 && /^[<>]+$/u.test(operator) && operator.includes('<') && operator.includes('>');
}
