import type { Node, Tree } from '../tree/node.ts';
import { parentsOf } from '../tree/paths.ts';
import { sortedNodes } from '../tree/sort.ts';

/** A part of a tree that becomes one layer of an image. */
export interface LayerPart {
  readonly origin: 'runtime' | 'app';
  readonly nodes: Tree;
}

const appOrigins: ReadonlySet<Node['origin']['kind']> = new Set(['app', 'dependency', 'overlay']);

/**
 * Splits a tree into the two layers of a container. The runtime layer changes with the base and its packages: once in
 * weeks, megabytes. The application layer changes with every edit: kilobytes. A registry and a machine that have the
 * runtime layer get only the other one.
 *
 * The application layer takes what the user wrote or asked for by name: application files, Python dependencies and the
 * overlay. Everything else, what passes made included, is runtime. A worked example:
 *
 *     usr/                    package   -> runtime
 *     usr/bin/                package   -> runtime
 *     usr/bin/micropython     package   -> runtime
 *     etc/                    package   -> runtime
 *     etc/motd                overlay   -> app        (etc/ is not repeated: the layer below has it)
 *     etc/passwd              pass      -> runtime
 *     app/                    app       -> app
 *     app/main.py             app       -> app
 *     srv/                    overlay   -> runtime    (srv/cache, below it, is runtime and needs it)
 *     srv/cache/              pass      -> runtime
 *
 * The last two lines are the one exception: a layer must be complete below, so a folder that the runtime needs goes
 * there whoever asked for it. Every node is in exactly one layer. A layer without nodes is left out; a tree without
 * nodes gives one empty runtime layer, because an image without layers is refused by Docker.
 */
export function splitLayers(tree: Tree): readonly LayerPart[] {
  const nodes = sortedNodes(tree);
  const neededBelow = new Set<string>();
  for (const node of nodes) {
    if (isApp(node)) continue;
    for (const parent of parentsOf(node.path)) neededBelow.add(parent);
  }
  const runtime = new Map<string, Node>();
  const app = new Map<string, Node>();
  for (const node of nodes) {
    const above = isApp(node) && !neededBelow.has(node.path);
    (above ? app : runtime).set(node.path, node);
  }
  const parts: LayerPart[] = [
    { origin: 'runtime', nodes: runtime },
    { origin: 'app', nodes: app },
  ];
  const full = parts.filter((part) => part.nodes.size > 0);
  return full.length > 0 ? full : parts.slice(0, 1);
}

function isApp(node: Node): boolean {
  return appOrigins.has(node.origin.kind);
}
