import { parseApkChecksum } from '../../crypto/apk-checksum.ts';
import type { ApkGraph, LinkLists, NumberLists } from '../../solve/apk/graph.ts';
import { universeOf, type ApkLink, type ApkUniverse } from '../../solve/apk/universe.ts';
import type { ApkIndexPackage } from './parse-index.ts';

/**
 * A universe as bytes, so that indexes that were parsed once need not be parsed again: texts, then the numbers of the
 * graph as they are in memory, so that reading it copies nothing. Only for the machine that wrote it.
 *
 * Layout: length of the head (4 bytes), head (JSON), padding to 4 bytes, numbers, names, conditions, packages. Texts of a
 * section are separated by newlines; undefined where one contains a newline itself, as only a strange index has it.
 */
export function formatUniverse(
  { graph }: ApkUniverse,
  packageOf: (node: number) => ApkIndexPackage,
): Uint8Array | undefined {
  if (graph.names.some(hasNewline) || graph.conditions.some(hasNewline)) return undefined;
  const numbers = numberSections(graph);
  const packages = Array.from(graph.nodeNames, (_, node) => formatPackage(packageOf(node)));
  const texts = [graph.names, graph.conditions, packages].map((lines) => Buffer.from(lines.join('\n'), 'utf8'));
  const head = Buffer.from(
    JSON.stringify({ numbers: numbers.map((section) => section.length), texts: texts.map((text) => text.length) }),
  );
  const start = Buffer.alloc(4);
  start.writeUInt32LE(head.length, 0);
  const padding = Buffer.alloc(-head.length & 3);
  const bytes = numbers.map((section) => Buffer.from(section.buffer, section.byteOffset, section.byteLength));
  return Buffer.concat([start, head, padding, ...bytes, ...texts]);
}

/** The reverse, for bytes that the store has compared. `tags` are those of the repositories, in their order. */
export function parseUniverse(bytes: Uint8Array, tags: readonly (string | undefined)[]): ApkUniverse {
  // Numbers must lie at multiples of four in memory.
  const data = bytes.byteOffset % 4 === 0 ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) : aligned(bytes);
  const headLength = data.readUInt32LE(0);
  const head = JSON.parse(data.toString('utf8', 4, 4 + headLength)) as Head;
  let position = 4 + headLength + (-headLength & 3);
  const numbers = head.numbers.map((length) => {
    const section = new Int32Array(data.buffer, data.byteOffset + position, length);
    position += section.byteLength;
    return section;
  });
  const texts = head.texts.map((length) => {
    const text = data.toString('utf8', position, position + length);
    position += length;
    return text.split('\n');
  });
  const [names = [], conditions = [], packages = []] = texts;
  const universe: ApkUniverse = universeOf(
    graphOf(numbers, names, conditions),
    tags.map((tag) => ({ tag })),
    (node) => parsePackage(packages[node] ?? '', universe, node),
  );
  return universe;
}

function hasNewline(text: string): boolean {
  return text.includes('\n');
}

interface Head {
  readonly numbers: readonly number[];
  readonly texts: readonly number[];
}

function aligned(bytes: Uint8Array): Buffer {
  const copy = Buffer.from(new ArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

function numberSections(graph: ApkGraph): Int32Array[] {
  const links = [graph.depends, graph.provides, graph.installIf, graph.providers];
  return [
    graph.nodeNames,
    graph.nodeRepositories,
    ...links.flatMap(({ starts, items, conditions }) => [starts, items, conditions]),
    ...[graph.dependents, graph.triggered].flatMap(({ starts, items }) => [starts, items]),
  ];
}

function graphOf(sections: readonly Int32Array[], names: readonly string[], conditions: readonly string[]): ApkGraph {
  const rest = sections.values();
  const next = (): Int32Array => rest.next().value ?? new Int32Array(0);
  const lists = (): NumberLists => ({ starts: next(), items: next() });
  const links = (): LinkLists => ({ ...lists(), conditions: next() });
  return {
    names,
    // An empty text is no line.
    conditions: conditions.length === 0 ? [''] : conditions,
    nodeNames: next(),
    nodeRepositories: next(),
    depends: links(),
    provides: links(),
    installIf: links(),
    providers: links(),
    dependents: lists(),
    triggered: lists(),
  };
}

type StoredPackage = readonly [
  version: string,
  architecture: string,
  feed: string,
  providerPriority: number,
  installedSizeBytes: number,
  origin: string,
  unusable: string,
  folder: string,
  path: string,
  checksum: string,
  sizeBytes: number,
];

function formatPackage(pkg: ApkIndexPackage): string {
  const { algorithm, hex } = pkg.checksum;
  const stored: StoredPackage = [
    pkg.version,
    pkg.architecture,
    pkg.feed,
    pkg.providerPriority,
    pkg.installedSizeBytes,
    pkg.origin,
    pkg.unusable ?? '',
    pkg.folder,
    pkg.path,
    `${algorithm === 'sha1' ? 'X1' : 'X2'}${hex}`,
    pkg.sizeBytes,
  ];
  return JSON.stringify(stored);
}

/** Relations come from the graph, when they are asked for. */
function parsePackage(line: string, universe: ApkUniverse, node: number): ApkIndexPackage {
  const stored = JSON.parse(line) as StoredPackage;
  const [version, architecture, feed, providerPriority, installedSizeBytes, origin, unusable, ...place] = stored;
  const [folder, path, checksum, sizeBytes] = place;
  const parsed = parseApkChecksum(checksum);
  if (parsed === undefined) throw new Error('a stored package without a checksum');
  return {
    name: universe.graph.names[universe.graph.nodeNames[node] ?? 0] ?? '',
    version,
    architecture,
    feed,
    providerPriority,
    installedSizeBytes,
    origin,
    identity: parsed.hex.slice(0, 40),
    unusable: unusable === '' ? undefined : unusable,
    folder,
    path,
    checksum: parsed,
    sizeBytes,
    get depends() {
      return universe.nodeOf(node).depends.map(unlink);
    },
    get provides() {
      return universe.nodeOf(node).provides.map(unlink);
    },
    get installIf() {
      return universe.nodeOf(node).installIf.map(unlink);
    },
  };
}

function unlink({ name, operator, version, negative }: ApkLink): ApkIndexPackage['depends'][number] {
  return { name: name.text, operator, version, negative };
}
