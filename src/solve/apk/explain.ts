import { nearest } from '../../errors/nearest.ts';
import { chainOf, linkSentence, wishPlace } from '../chain.ts';
import type { Explanation, Problem, Reason, SolvePackage, Wish } from '../problem.ts';
import type { Fault } from './fault.ts';
import { findReasons, formatLink } from './reasons.ts';
import type { SolverState } from './state.ts';
import type { ApkLink, ApkName, ApkNode, ApkUniverse } from './universe.ts';
import type { World } from './world.ts';

/** A wish that cannot be read. */
export function explainWish(wish: Wish, why: string): Explanation {
  return {
    kind: 'bad-wish',
    summary: `"${wish.text}" cannot be asked for${wishPlace(wish)}`,
    chain: [why.replace(/\.$/u, ''), 'a wish is [!]name[@tag], with a condition such as =1.2, >=1.2 or ~1.2 behind it'],
    where: wish.where,
  };
}

/** Why apk's strategy found no solution: the first fault that is no consequence of another, and how the wishes lead to it. */
export function explainFaults(
  { universe, architecture }: Problem<ApkUniverse>,
  state: SolverState,
  world: World,
  chosen: readonly ApkNode[],
): Explanation {
  const story = new Story(universe, state, world, chosen, architecture);
  const faults = state.faults.filter(({ kind }) => kind !== 'inherited');
  const missing = faults.find((fault) => fault.kind === 'no-provider' && fault.name.providers.length === 0);
  const fault = missing ?? faults[0] ?? state.faults[0];
  if (fault === undefined) throw new Error('a world without faults needs no explanation');
  return story.tell(fault);
}

interface Demand {
  /** Undefined for the world. */
  readonly by: ApkNode | undefined;
  readonly link: ApkLink;
  readonly wish?: Wish | undefined;
}

class Story {
  private readonly universe: ApkUniverse;
  private readonly state: SolverState;
  private readonly world: World;
  private readonly chosen: readonly ApkNode[];
  private readonly architecture: string;
  private readonly reasonOf: (one: SolvePackage) => Reason | undefined;

  constructor(
    universe: ApkUniverse,
    state: SolverState,
    world: World,
    chosen: readonly ApkNode[],
    architecture: string,
  ) {
    this.universe = universe;
    this.state = state;
    this.world = world;
    this.chosen = chosen;
    this.architecture = architecture;
    const reasons = findReasons(state, world, chosen);
    const byPackage = new Map<SolvePackage, ApkNode>(chosen.map((node) => [node.package, node]));
    this.reasonOf = (one) => {
      const node = byPackage.get(one);
      return node === undefined ? undefined : reasons(node);
    };
  }

  tell(fault: Fault): Explanation {
    switch (fault.kind) {
      case 'no-provider':
        return fault.name.providers.length === 0 ? this.tellMissing(fault.name) : this.tellUndecided(fault.name);
      case 'same-name':
        return this.tellSameName(fault.node, fault.other, fault.name);
      case 'unfulfilled':
        return this.tellUnfulfilled(fault.node, fault.link);
      default:
        return this.tellUnusable(fault.node);
    }
  }

  private tellMissing(name: ApkName): Explanation {
    const [demand] = this.demandsOf(name);
    const suggestions = nearest(name.text, this.universe.names());
    if (demand?.wish !== undefined) {
      const { wish } = demand;
      const place = `for ${this.architecture}${wishPlace(wish)}`;
      const summary = `no feed has or provides ${name.text} ${place}`;
      return { kind: 'unknown-package', summary, chain: [], where: wish.where, package: name.text, suggestions };
    }
    const summary = `no feed has or provides ${name.text} for ${this.architecture}`;
    const chain = demand === undefined ? [] : [...this.chainTo(demand.by), sentence(demand), summary];
    return { kind: 'unsatisfiable', summary, chain, package: name.text };
  }

  private tellUndecided(name: ApkName): Explanation {
    const [demand] = this.demandsOf(name);
    const candidates = [...new Set(name.providers.map(({ node }) => node.package.name))];
    const summary =
      candidates.length === 1
        ? `${name.text} is only provided by ${candidates.join()}, which must be asked for by its own name`
        : `several packages provide ${name.text}, and none of them is preferred: ${candidates.join(', ')}`;
    const chain = demand === undefined ? [] : [...this.chainTo(demand.by), sentence(demand), summary];
    const where = demand?.wish?.where;
    return { kind: 'unsatisfiable', summary, chain, where, package: name.text, suggestions: candidates };
  }

  private tellSameName(node: ApkNode, other: ApkNode, name: ApkName): Explanation {
    if (node === other) {
      const summary = `${label(node)} provides ${name.text} twice, which apk does not install`;
      return this.conflict(node, [...this.chainTo(node), summary], summary);
    }
    const what = (one: ApkNode): string => (one.name === name ? 'is' : 'provides');
    const summary = `${label(node)} and ${label(other)} cannot be installed together: each ${
      what(node) === what(other) ? what(node) : 'is or provides'
    } ${name.text}`;
    return this.conflict(node, [...this.chainTo(node), ...this.chainTo(other), summary], summary);
  }

  private tellUnfulfilled(node: ApkNode, link: ApkLink): Explanation {
    const { node: found } = this.state.choiceOf(link.name);
    const verb = link.negative ? 'excludes' : 'depends on';
    const demand = `${label(node)} ${verb} ${formatLink({ ...link, negative: false })}`;
    const summary =
      found === undefined
        ? `${demand}, which cannot be installed with the rest`
        : `${demand}, and ${label(found)} ${link.negative ? 'is it' : 'is not that'}`;
    return this.conflict(node, [...this.chainTo(node), ...this.chainTo(found), summary], summary);
  }

  /** `seen` are those on the way: what makes a package unusable may lie far below it. */
  private tellUnusable(node: ApkNode, seen: ReadonlySet<ApkNode> = new Set([node])): Explanation {
    const { unusable } = node.package;
    const state = this.state.ofNode(node);
    if (unusable !== undefined) {
      const summary = `${label(node)} cannot be installed: ${unusable}`;
      return { kind: 'unsatisfiable', summary, chain: [...this.chainTo(node), summary], package: node.package.name };
    }
    if (!state.isAllowed) return this.tellMasked(node);
    const demands = [node.name, ...node.provides.map(({ name }) => name)].flatMap((name) => this.demandsOf(name, true));
    const broken = demands.filter(({ by, link }) => !this.isMetBy(by, link, node));
    const met = demands.filter((demand) => !demand.link.negative && !broken.includes(demand));
    const [first, ...others] = broken;
    if (first !== undefined && others.length === 0 && met.length === 0) return this.tellOtherVersion(first, node.name);
    if (first !== undefined) {
      const told = [...broken.slice(0, 2), ...met.slice(0, 1)];
      const summary = told.map(sentence).join(', but ');
      const chain = [...told.flatMap(({ by }) => this.chainTo(by)), ...told.map(sentence), summary];
      return this.conflict(node, chain, summary);
    }
    const obstacle = node.depends.find((link) => !this.state.isFulfilled(node, link, this.state.choiceOf(link.name)));
    if (obstacle !== undefined) return this.tellUnfulfilled(node, obstacle);
    for (const link of node.depends) {
      const below = link.negative ? undefined : this.state.choiceOf(link.name).node;
      if (below === undefined || seen.has(below)) continue;
      const { hasFault, isSelectable } = this.state.ofNode(below);
      if (hasFault || !isSelectable) return this.tellUnusable(below, new Set([...seen, below]));
    }
    const rival = [node.name, ...node.provides.map(({ name }) => name)].find(
      (name) => (this.state.choiceOf(name).node ?? node) !== node,
    );
    if (rival !== undefined) {
      return this.tellSameName(node, this.state.choiceOf(rival).node ?? node, rival);
    }
    const summary = `${label(node)} cannot be installed with the rest`;
    return this.conflict(node, [...this.chainTo(node), summary], summary);
  }

  /** It is only in repositories with a tag that no wish allows. */
  private tellMasked(node: ApkNode): Explanation {
    const { repositories } = this.universe;
    const tags = repositories.flatMap(({ tag }, i) => ((node.repositories >> i) & 1 && tag !== undefined ? [tag] : []));
    const marked = tags.map((tag) => `${node.package.name}@${tag}`);
    const summary = `${label(node)} is only in feeds with the tag ${tags.map((tag) => `@${tag}`).join(', ')}, which nothing asks for`;
    const chain = [...this.chainTo(node), summary];
    return { kind: 'unsatisfiable', summary, chain, package: node.package.name, suggestions: marked };
  }

  private conflict(node: ApkNode, chain: readonly string[], summary: string): Explanation {
    return { kind: 'conflict', summary, chain: [...new Set(chain)], package: node.package.name };
  }

  private isMetBy(by: ApkNode | undefined, link: ApkLink, node: ApkNode): boolean {
    const provider = link.name.providers.find((one) => one.node === node);
    return provider === undefined || this.state.isFulfilled(by, link, provider);
  }

  /** What the world and the chosen packages ask of a name; the world first. */
  private demandsOf(name: ApkName, withNegative: boolean = false): Demand[] {
    const demands: Demand[] = [];
    for (const link of this.world.links) {
      if (link.name === name && (withNegative || !link.negative))
        demands.push({ by: undefined, link, wish: link.wish });
    }
    for (const by of this.chosen) {
      for (const link of by.depends) {
        if (link.name === name && (withNegative || !link.negative)) demands.push({ by, link });
      }
    }
    return demands;
  }

  private chainTo(node: ApkNode | undefined): string[] {
    return node === undefined ? [] : chainOf(node.package, this.reasonOf).map(linkSentence);
  }

  /** One demand that no version meets. */
  private tellOtherVersion(demand: Demand, name: ApkName): Explanation {
    const { by, link, wish } = demand;
    const versions = name.providers.filter(({ node }) => node.name === name).map(({ version }) => version);
    const has = versions.length === 0 ? 'none' : `${name.text} ${versions.join(', ')}`;
    const summary = `${sentence(demand)}, and the feeds have ${has}`;
    // Whoever writes `=3` for 3.10.11 means the prefix.
    const isPrefix = versions.some((version) => this.state.rules.satisfies(version, '~', link.version));
    const offered = isPrefix ? [`${name.text}~${link.version}`] : versions.map((version) => `${name.text}=${version}`);
    return {
      kind: 'unsatisfiable',
      summary,
      chain: [...this.chainTo(by), summary],
      where: wish?.where,
      package: name.text,
      suggestions: wish === undefined || link.negative ? [] : offered,
    };
  }
}

function label({ package: { name, version } }: ApkNode): string {
  return `${name} ${version}`;
}

function sentence({ by, link, wish }: Demand): string {
  const what = formatLink({ ...link, negative: false });
  if (by !== undefined) return `${label(by)} ${link.negative ? 'excludes' : 'depends on'} ${what}`;
  const place = wish === undefined ? '' : wishPlace(wish);
  return `${what} is ${link.negative ? 'excluded' : 'asked for'}${place}`;
}
