import type { FirstImport, ImportReport } from '../app/check-imports.ts';
import { launcherPath } from '../app/launcher.ts';
import { appRoot } from '../app/python-path.ts';
import { formatLocation } from '../errors/kilopy-error.ts';
import type { LockPackage } from '../lock/lock.ts';
import type { ClosureEdge } from '../passes/elf-closure.ts';
import { isDocumentation, type SlimReport } from '../passes/slim.ts';
import type { Spec } from '../spec/spec.ts';
import type { Node, Tree } from '../tree/node.ts';
import { isWithin } from '../tree/paths.ts';
import type { Wish } from '../values/wish.ts';
import { lockChain } from './lock-chain.ts';

/** Everything that reasons are made of, for one target. */
export interface WhyFacts {
  readonly spec: Pick<Spec, 'app' | 'slim' | 'packages'>;
  readonly tree: Tree;
  readonly slim: Pick<SlimReport, 'droppedNodes' | 'reached'>;
  readonly packages: readonly LockPackage[];
  readonly wishes: readonly Wish[];
  /** Undefined when MicroPython could not be asked. */
  readonly imports: ImportReport | undefined;
}

/**
 * Why a node is in the image: sentences from the application to the file, and from its package to the wish.
 *
 * @example
 *   main.py:3:8 imports asyncio, which MicroPython has
 *   /usr/bin/micropython runs main.py
 *   /usr/bin/micropython needs libffi.so.8 (DT_NEEDED): /usr/lib/x86_64-linux-gnu/libffi.so.8
 *   package libffi8 brings it
 *   package micropython Depends: libffi8 (>= 3.4)
 *   package micropython is what every image of this base has
 */
export function whyNode(facts: WhyFacts, node: Node): string[] {
  const { origin } = node;
  switch (origin.kind) {
    case 'package':
      return [
        ...reachedChain(facts, node),
        `package ${origin.name} ${origin.version} brings it`,
        ...lockChain(facts.packages, origin.name, facts.wishes),
      ];
    case 'dependency':
      return [`dependency ${origin.name} ${origin.version} of the application brings it`];
    case 'app':
      return appChain(facts, origin.file);
    case 'overlay':
      return [`files: puts it there, at ${formatLocation(origin.where)}`];
    case 'image':
      return [`layer ${origin.layer} of ${origin.reference} brings it`];
    case 'pass':
    default:
      return passChain(facts, node, origin.pass);
  }
}

/** Why a path was left out, and what keeps it. */
export function whyDropped({ spec }: WhyFacts, node: Node): { readonly why: string; readonly keep: string } {
  const name = node.origin.kind === 'package' ? node.origin.name : '';
  if (isDocumentation(node))
    return {
      why: `it is documentation or translations of package ${name}`,
      keep: `slim: none keeps it; a single file can be put back with files:`,
    };
  return {
    why: `it is in package ${name}, and nothing that the application starts reaches it (slim: ${spec.slim})`,
    keep: `name ${name} under packages: in kilopy.yaml to keep all of it; slim: packages keeps whole packages`,
  };
}

/** From the application to a file of a package, by what the slimming found. */
function reachedChain(facts: WhyFacts, node: Node): string[] {
  const { slim, spec, tree } = facts;
  const name = node.origin.kind === 'package' ? node.origin.name : '';
  const edges = edgesTo(slim.reached, node.path);
  const [root] = edges;
  if (root === undefined) {
    const below = [...slim.reached.keys()].find((path) => path !== node.path && isWithin(path, node.path));
    if (node.type === 'directory' && below !== undefined) return [`/${below} stands in it`];
    if (node.type === 'directory' && [...tree.keys()].some((path) => path !== node.path && isWithin(path, node.path)))
      return ['other files stand in it'];
    if (spec.packages.some(({ text }) => /^[^\s:=<>(/]+/u.exec(text)?.[0] === name))
      return [`package ${name} is named under packages:, so all of it stays`];
    return [`slim: ${spec.slim} keeps it`];
  }
  const needs = edges.slice(1).map(({ path, edge }) => edgeSentence(path, edge));
  const start = root.path === 'usr/bin/micropython' ? runtimeChain(facts) : [rootSentence(facts, root.path, name)];
  return [...start, ...needs];
}

interface Step {
  readonly path: string;
  readonly edge: ClosureEdge;
}

/** The way from a root to a path, the root first. */
function edgesTo(reached: ReadonlyMap<string, ClosureEdge>, path: string): Step[] {
  const steps: Step[] = [];
  const seen = new Set<string>();
  for (let at: string | undefined = path; at !== undefined && !seen.has(at);) {
    seen.add(at);
    const edge = reached.get(at);
    if (edge === undefined) break;
    steps.unshift({ path: at, edge });
    at = edge.by;
  }
  return steps;
}

function edgeSentence(path: string, { by, how, name }: ClosureEdge): string {
  const needer = `/${by ?? ''}`;
  const found = name.replace(/^\/+/u, '') === path ? '' : `: /${path}`;
  switch (how) {
    case 'loader':
      return `${needer} names the dynamic loader ${name} (PT_INTERP)${found}`;
    case 'interpreter':
      return `${needer} names ${name} in its first line${found}`;
    case 'companion':
      return `${needer} loads ${name} at run time${found}`;
    case 'needed':
    case 'root':
    default:
      return `${needer} needs ${name} (DT_NEEDED)${found}`;
  }
}

function rootSentence({ tree }: WhyFacts, path: string, name: string): string {
  const origin = tree.get(path)?.origin;
  if (origin?.kind === 'overlay') return `files: puts /${path} there, at ${formatLocation(origin.where)}`;
  if (origin?.kind === 'app') return `/${path} is a program of the application`;
  return `/${path} is in a package that is named under packages:${origin?.kind === 'package' && origin.name !== name ? `, ${origin.name}` : ''}`;
}

/** Why MicroPython is there: an import of its modules, and the program that it runs. */
function runtimeChain({ imports, spec }: WhyFacts): string[] {
  const runs = `/usr/bin/micropython runs ${spec.app.entry}`;
  const [first] = imports?.importedModules.values() ?? [];
  return first === undefined ? [runs] : [importSentence(first, ', which MicroPython has'), runs];
}

function appChain({ imports, spec }: WhyFacts, file: string): string[] {
  if (file === spec.app.entry) return [`${file} is the program: app.entry`];
  const steps: FirstImport[] = [];
  for (let by = imports?.importedFiles.get(file); by !== undefined && steps.length < 100;) {
    steps.unshift(by);
    by = imports?.importedFiles.get(by.where.file);
  }
  if (steps.length > 0) return steps.map((step) => importSentence(step, ''));
  return [
    `${file === '' ? `/${appRoot}` : file} lies in the application's folder; no import reaches it (app.exclude leaves it out)`,
  ];
}

function importSentence({ module, where }: FirstImport, end: string): string {
  return `${formatLocation(where)} imports ${module}${end}`;
}

const passes: Readonly<Record<string, string>> = {
  users: 'the user that the application runs as',
  'usr-merge': 'the links of a merged /usr, as Debian has them',
  'mount-points': 'folders that container engines mount over',
  'tls-roots': 'the certificates of authorities that `tls: {roots}` names',
  init: 'the first process, which passes signals on and reaps',
  'ca-certificates': 'the bundle of certificates of authorities',
  'loader-cache': 'the cache of the dynamic loader, for libraries in other folders',
  licences: 'licence texts',
};

function passChain({ imports }: WhyFacts, { path }: Node, pass: string): string[] {
  if (path !== launcherPath)
    return [`kilopy’s own step ${pass} makes it${passes[pass] === undefined ? '' : `: ${passes[pass]}`}`];
  const found = [...(imports?.importedModules ?? [])].find(([name]) => /^u?asyncio(?:\.|$)/u.test(name))?.[1];
  return [
    ...(found === undefined ? [] : [importSentence(found, '')]),
    found === undefined
      ? 'the launcher runs boot.py before the application'
      : 'the launcher lets asyncio tasks clean up after Ctrl-C',
  ];
}
