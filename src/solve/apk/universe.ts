import { parseApkChecksum } from '../../crypto/apk-checksum.ts';
import type { VersionRules } from '../problem.ts';
import type { ApkDependency, ApkPackage, ApkRepository } from './apk-package.ts';
import { nameBucket } from './name-hash.ts';

/** All packages of all repositories of one build as a graph over names. It does not change: solutions keep their own state. */
export interface ApkUniverse {
  readonly repositories: readonly ApkRepository[];
  find(name: string): ApkName | undefined;
  /** The node of a name, also of one that no package mentions. */
  nameOf(name: string): ApkName;
  /** Packages that are called so, in the order of the repositories. */
  named(name: string): readonly ApkPackage[];
  /** For suggestions: every name that a package has or provides. */
  names(): Iterable<string>;
}

/** A name that packages have, provide, depend on or are triggered by. */
export interface ApkName {
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
  const names = new Map<string, MutableName>();
  const nodes = new Map<string, MutableNode>();
  const nameOf = (text: string): MutableName => {
    let name = names.get(text);
    if (name === undefined) names.set(text, (name = { text, providers: [], dependents: [], triggered: [] }));
    return name;
  };
  const link = (dependency: ApkDependency): ApkLink => ({ ...dependency, name: nameOf(dependency.name) });

  for (const [position, { packages }] of repositories.entries()) {
    const bit = 1 << position;
    for (const pkg of packages) {
      const known = nodes.get(pkg.identity);
      const node = known ?? makeNode(pkg, nameOf, link);
      node.repositories |= bit;
      if (known !== undefined) continue;
      nodes.set(pkg.identity, node);
      (node.name as MutableName).providers.push({ node, version: pkg.version });
      for (const { name, version } of node.provides) (name as MutableName).providers.push({ node, version });
    }
  }
  linkBack(inTableOrder(names));
  return {
    repositories,
    find: (name) => names.get(name),
    nameOf: (text) => names.get(text) ?? { text, providers: [], dependents: [], triggered: [] },
    named(text) {
      const name = names.get(text);
      return (name?.providers ?? []).filter(({ node }) => node.name === name).map(({ node }) => node.package);
    },
    *names() {
      for (const { text, providers } of names.values()) if (providers.length > 0) yield text;
    },
  };
}

function makeNode(
  pkg: ApkPackage,
  nameOf: (text: string) => MutableName,
  link: (dependency: ApkDependency) => ApkLink,
): MutableNode {
  const links: { -readonly [K in 'depends' | 'provides' | 'installIf']: readonly ApkLink[] } = {
    depends: [],
    provides: [],
    installIf: [],
  };
  for (const field of pkg.mentions ?? 'PDpi') {
    if (field === 'P') nameOf(pkg.name);
    else if (field === 'D') links.depends = pkg.depends.map(link);
    else if (field === 'p') links.provides = pkg.provides.map(link);
    else links.installIf = pkg.installIf.map(link);
  }
  return { package: pkg, name: nameOf(pkg.name), ...links, repositories: 0 };
}

/** By bucket; within one, the name that was mentioned last comes first. */
function inTableOrder(names: ReadonlyMap<string, MutableName>): MutableName[] {
  const placed = [...names.values()].map((name, mentioned) => ({ name, mentioned, bucket: nameBucket(name.text) }));
  placed.sort((a, b) => a.bucket - b.bucket || b.mentioned - a.mentioned);
  return placed.map(({ name }) => name);
}

function linkBack(names: readonly MutableName[]): void {
  for (const name of names) {
    const dependsOn = new Set<ApkName>();
    const triggeredBy = new Set<ApkName>();
    for (const { node } of name.providers) {
      for (const dependency of node.depends) dependsOn.add(dependency.name);
      for (const trigger of node.installIf) triggeredBy.add(trigger.name);
    }
    for (const other of dependsOn) (other as MutableName).dependents.push(name);
    for (const other of triggeredBy) (other as MutableName).triggered.push(name);
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
