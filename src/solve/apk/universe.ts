import { parseApkChecksum } from '../../crypto/apk-checksum.ts';
import type { VersionRules } from '../problem.ts';
import type { ApkDependency, ApkPackage, ApkRepository } from './apk-package.ts';
import { splitCondition } from './dependency.ts';
import { buildGraph, emptyPlaces, type ApkGraph, type LinkLists, type NumberLists } from './graph.ts';

/** All packages of all repositories of one build. It does not change: solutions keep their own state. */
export interface ApkUniverse {
  /** Their tags, in the order of preference. */
  readonly repositories: readonly Pick<ApkRepository, 'tag'>[];
  readonly graph: ApkGraph;
  /** Of the graph, and those that were asked for and stand in no index. */
  readonly nameCount: number;
  /** The node of a name, also of one that no package mentions. */
  nameOf(name: string): ApkName;
  /** The package with that id. */
  nodeOf(id: number): ApkNode;
  /** Packages that are called so, in the order of the repositories. */
  named(name: string): readonly ApkPackage[];
  /** For suggestions: every name that a package has or provides. */
  names(): Iterable<string>;
}

/** A name that packages have, provide, depend on or are triggered by. One object for each. */
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

/** A package in the graph. One object for each. */
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

/** The universe of indexes that have just been parsed. */
export function apkUniverse(repositories: readonly ApkRepository[]): ApkUniverse {
  const { graph, places } = buildGraph(repositories);
  return universeOf(graph, repositories, (node) => {
    const [repository = 0, index = 0] = places[node] ?? [];
    const pkg = repositories[repository]?.packages[index];
    if (pkg === undefined) throw new Error('a node without its package');
    return pkg;
  });
}

/** The universe of a graph. `packageOf` is asked once for each node that a solution looks at. */
export function universeOf(
  graph: ApkGraph,
  repositories: readonly Pick<ApkRepository, 'tag'>[],
  packageOf: (node: number) => ApkPackage,
): ApkUniverse {
  const view = new GraphView(graph, packageOf);
  // Few names are asked for by their text: looking through all is less than a table of all.
  const asked = new Map<string, ApkName>();
  let extra = 0;
  function nameOf(text: string): ApkName {
    let name = asked.get(text);
    if (name === undefined) {
      const id = graph.names.indexOf(text);
      name = id === -1 ? unmentioned(graph.names.length + extra, text) : view.name(id);
      if (id === -1) extra += 1;
      asked.set(text, name);
    }
    return name;
  }
  return {
    repositories,
    graph,
    get nameCount() {
      return graph.names.length + extra;
    },
    nameOf,
    nodeOf: (id) => view.node(id),
    named(text) {
      const name = nameOf(text);
      return name.providers.filter(({ node }) => node.name === name).map(({ node }) => node.package);
    },
    *names() {
      const { starts } = graph.providers;
      for (const [id, text] of graph.names.entries()) if (starts[id] !== starts[id + 1]) yield text;
    },
  };
}

function unmentioned(id: number, text: string): ApkName {
  return { id, text, providers: [], dependents: [], triggered: [] };
}

/** Objects for what is looked at, made on the first look. */
class GraphView {
  readonly graph: ApkGraph;
  readonly packageOf: (node: number) => ApkPackage;
  private readonly names: (ApkName | undefined)[];
  private readonly nodes: (ApkNode | undefined)[];

  constructor(graph: ApkGraph, packageOf: (node: number) => ApkPackage) {
    this.graph = graph;
    this.packageOf = packageOf;
    this.names = emptyPlaces(graph.names.length);
    this.nodes = emptyPlaces(graph.nodeNames.length);
  }

  name(id: number): ApkName {
    return (this.names[id] ??= new NameView(this, id));
  }

  node(id: number): ApkNode {
    return (this.nodes[id] ??= new NodeView(this, id));
  }

  namesOf(lists: NumberLists, owner: number): ApkName[] {
    return slice(lists, owner).map((id) => this.name(id));
  }

  linksOf(lists: LinkLists, owner: number): ApkLink[] {
    const start = lists.starts[owner] ?? 0;
    return slice(lists, owner).map((id, offset) => ({
      name: this.name(id),
      ...splitCondition(this.graph.conditions[lists.conditions[start + offset] ?? 0] ?? ''),
    }));
  }

  providersOf(owner: number): ApkProvider[] {
    const { providers, conditions } = this.graph;
    const start = providers.starts[owner] ?? 0;
    return slice(providers, owner).map((id, offset) => {
      const node = this.node(id);
      const condition = providers.conditions[start + offset] ?? -1;
      const version = condition === -1 ? node.package.version : splitCondition(conditions[condition] ?? '').version;
      return { node, version };
    });
  }
}

function slice(lists: NumberLists, owner: number): number[] {
  const numbers: number[] = [];
  const end = lists.starts[owner + 1] ?? 0;
  for (let at = lists.starts[owner] ?? 0; at < end; at += 1) numbers.push(lists.items[at] ?? 0);
  return numbers;
}

class NameView implements ApkName {
  readonly id: number;
  private readonly view: GraphView;
  private foundProviders: readonly ApkProvider[] | undefined;
  private foundDependents: readonly ApkName[] | undefined;
  private foundTriggered: readonly ApkName[] | undefined;

  constructor(view: GraphView, id: number) {
    this.view = view;
    this.id = id;
  }

  get text(): string {
    return this.view.graph.names[this.id] ?? '';
  }

  get providers(): readonly ApkProvider[] {
    return (this.foundProviders ??= this.view.providersOf(this.id));
  }

  get dependents(): readonly ApkName[] {
    return (this.foundDependents ??= this.view.namesOf(this.view.graph.dependents, this.id));
  }

  get triggered(): readonly ApkName[] {
    return (this.foundTriggered ??= this.view.namesOf(this.view.graph.triggered, this.id));
  }
}

class NodeView implements ApkNode {
  readonly id: number;
  readonly name: ApkName;
  readonly repositories: number;
  private readonly view: GraphView;
  private foundPackage: ApkPackage | undefined;
  private foundDepends: readonly ApkLink[] | undefined;
  private foundProvides: readonly ApkLink[] | undefined;
  private foundInstallIf: readonly ApkLink[] | undefined;

  constructor(view: GraphView, id: number) {
    this.view = view;
    this.id = id;
    this.name = view.name(view.graph.nodeNames[id] ?? 0);
    this.repositories = view.graph.nodeRepositories[id] ?? 0;
  }

  get package(): ApkPackage {
    return (this.foundPackage ??= this.view.packageOf(this.id));
  }

  get depends(): readonly ApkLink[] {
    return (this.foundDepends ??= this.view.linksOf(this.view.graph.depends, this.id));
  }

  get provides(): readonly ApkLink[] {
    return (this.foundProvides ??= this.view.linksOf(this.view.graph.provides, this.id));
  }

  get installIf(): readonly ApkLink[] {
    return (this.foundInstallIf ??= this.view.linksOf(this.view.graph.installIf, this.id));
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
function isChecksumOperator(operator: string): boolean {
  return operator.length >= 2 && /^[<>]+$/u.test(operator) && operator.includes('<') && operator.includes('>');
}
