import { formatLocation } from '../errors/kilopy-error.ts';
import type { LockPackage } from '../lock/lock.ts';
import type { ClosureEdge } from '../passes/elf-closure.ts';
import type { Node } from '../tree/node.ts';
import type { Assembled } from './assemble.ts';

/** Something that an image could be without, as a whole. */
export interface BudgetPart {
  readonly name: string;
  readonly has: (node: Node) => boolean;
  /** What a person has to do; undefined for what has to be there. */
  readonly wayBack: string | undefined;
}

/**
 * The parts of a build: of each package what MicroPython needs; of each package that the user named the rest, with what
 * came only for it; each file of the application and each entry of `files:`.
 */
export function budgetParts({ spec, sections, trees }: Assembled): BudgetPart[] {
  const packages = sections.flatMap((section) => section.packages);
  const rootOf = wishesOf(packages);
  const named = new Map(spec.packages.map((wish) => [/^[^\s:=<>(/]+/u.exec(wish.text)?.[0] ?? wish.text, wish]));
  const parts = new Map<string, BudgetPart>();
  const needed = new Set(trees.flatMap(({ reports }) => neededByRuntime(reports.slim.reached)));
  const facts = { rootOf, named, needed, entry: spec.app.entry };
  for (const { tree } of trees)
    for (const node of tree.values()) {
      const part = partOf(node, facts);
      if (part !== undefined && !parts.has(part.key)) parts.set(part.key, part);
    }
  return [...parts.values()];
}

interface PartFacts {
  readonly rootOf: ReadonlyMap<string, string>;
  readonly named: ReadonlyMap<string, { readonly where?: { readonly file: string } | undefined }>;
  readonly entry: string;
  /** Paths that are there whatever the user names. */
  readonly needed: ReadonlySet<string>;
}

/** What the entry point reaches: it is the first root, so that whatever it needs has it at the start of its edges. */
function neededByRuntime(reached: ReadonlyMap<string, ClosureEdge>): string[] {
  return [...reached.keys()].filter((path) => {
    const seen = new Set<string>();
    let at = path;
    for (let by = reached.get(at)?.by; by !== undefined && !seen.has(by); by = reached.get(at)?.by) {
      seen.add(by);
      at = by;
    }
    return at === 'usr/bin/micropython';
  });
}

function partOf(
  { path, origin }: Node,
  { rootOf, named, needed, entry }: PartFacts,
): (BudgetPart & { readonly key: string }) | undefined {
  if (origin.kind === 'package') {
    const root = rootOf.get(origin.name) ?? origin.name;
    const wish = named.get(root);
    if (wish === undefined || needed.has(path))
      return {
        key: `package ${origin.name}`,
        name: `package ${origin.name}`,
        has: (node) =>
          node.origin.kind === 'package' &&
          node.origin.name === origin.name &&
          (wish === undefined || needed.has(node.path)),
        wayBack: undefined,
      };
    const members = new Set([...rootOf].filter(([, top]) => top === root).map(([name]) => name));
    const others = members.size > 1 ? ` and ${String(members.size - 1)} more that came for it` : '';
    const place = wish.where === undefined ? 'packages:' : `packages: (${formatLocation(wish.where)})`;
    return {
      key: `wish ${root}`,
      name: `package ${root}${others}`,
      has: (node) => node.origin.kind === 'package' && members.has(node.origin.name) && !needed.has(node.path),
      wayBack: `take ${root} out of ${place}`,
    };
  }
  if (origin.kind === 'app') {
    const { file } = origin;
    return {
      key: `app ${file}`,
      name: file,
      has: (node) => node.type === 'file' && node.origin.kind === 'app' && node.origin.file === file,
      wayBack: file === entry ? undefined : `leave ${file} out with app.exclude`,
    };
  }
  if (origin.kind === 'overlay') {
    const place = formatLocation(origin.where);
    return {
      key: `overlay ${place}`,
      name: `files: at ${place}`,
      has: (node) => node.origin.kind === 'overlay' && formatLocation(node.origin.where) === place,
      wayBack: `leave the entry of files: at ${place} out`,
    };
  }
  return undefined;
}

/** For each package the wish at the end of its reasons (report/lock-chain.ts says what reasons look like). */
function wishesOf(packages: readonly LockPackage[]): ReadonlyMap<string, string> {
  const reasons = new Map(packages.map(({ name, reason }) => [name, reason]));
  const roots = new Map<string, string>();
  for (const { name } of packages) {
    const seen = new Set<string>();
    let at = name;
    for (let reason = reasons.get(at); reason !== undefined && !reason.startsWith('asked for: ') && !seen.has(at);) {
      seen.add(at);
      at = /^(?:comes with )?(\S+)/u.exec(reason)?.[1] ?? at;
      reason = reasons.get(at);
    }
    roots.set(name, at);
  }
  return roots;
}
