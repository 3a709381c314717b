// Puts the small chunks that many commands share into one file. esbuild makes a chunk of every set of modules that the same
// entries need: some eighty files for one command, and opening each costs Node a third of a millisecond, more than reading a
// hundred kilobytes that are not needed.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path/posix';
import { build } from 'esbuild';

/** Chunks that are larger stay alone, but for what every command needs: V8 reads about a hundred kilobytes in a millisecond. */
const limitBytes = 8_000;
/** What the root's help needs, and what all commands load. */
const start = 'src/cli/bin.ts';
const always = 'src/cli/main.ts';
/** Parts of Node whose start costs next to nothing, or that Node has started itself. */
const cheap = new Set([
  'assert',
  'buffer',
  'crypto',
  'events',
  'fs',
  'fs/promises',
  'module',
  'os',
  'path',
  'path/posix',
]);
for (const name of [
  'process',
  'stream',
  'stream/promises',
  'string_decoder',
  'timers',
  'timers/promises',
  'tty',
  'url',
  'util',
  'zlib',
])
  cheap.add(name);

/**
 * @param top folder of package.json
 * @param outputs of esbuild's metafile; those that are merged are replaced by the file that has them all
 */
export async function mergeChunks(top, outputs, options) {
  const merged = closedSet(outputs);
  const folder = 'build/chunks';
  const target = `${folder}/shared.js`;
  // Each name with a prefix of its chunk: two chunks may export the same one.
  const prefixes = new Map(merged.map((path, at) => [path, `m${at}_`]));
  const contents = merged
    .map((path) => {
      const names = outputs[path].exports.map((name) => `${name} as ${prefixes.get(path)}${name}`);
      return names.length === 0
        ? `import './${base(path)}';`
        : `export { ${names.join(', ')} } from './${base(path)}';`;
    })
    .join('\n');
  const inside = new Set(merged.map((path) => `./${base(path)}`));
  const others = {
    name: 'others',
    setup: ({ onResolve }) => {
      onResolve({ filter: /^\./ }, ({ path }) => (inside.has(path) ? undefined : { path, external: true }));
    },
  };
  const { metafile } = await build({
    ...options,
    plugins: [others],
    stdin: { contents, resolveDir: join(top, folder), sourcefile: 'list-of-shared.js' },
    outfile: join(top, target),
    metafile: true,
  });
  for (const path of merged) delete outputs[path];
  for (const path of Object.keys(outputs)) if (path.endsWith('.js')) redirect(top, path, target, prefixes);
  Object.assign(outputs, metafile.outputs);
}

/** Chunks that import only each other, what the start needs, and cheap parts of Node. */
function closedSet(outputs) {
  const early = reachedBy(start, outputs);
  const needed = reachedBy(always, outputs);
  const chosen = new Set(
    Object.keys(outputs).filter((path) => {
      const { bytes, entryPoint, imports } = outputs[path];
      if (!path.endsWith('.js') || entryPoint !== undefined || early.has(path)) return false;
      return needed.has(path) || (bytes <= limitBytes && imports.every(isCheap));
    }),
  );
  for (let before = -1; before !== chosen.size;) {
    before = chosen.size;
    for (const path of chosen)
      if (outputs[path].imports.some((one) => isStaticChunk(one) && !chosen.has(one.path) && !early.has(one.path)))
        chosen.delete(path);
  }
  return [...chosen].sort();
}

/** The chunks that an entry loads at once. */
function reachedBy(entry, outputs) {
  const reached = new Set(Object.keys(outputs).filter((path) => outputs[path].entryPoint === entry));
  for (const path of reached) for (const one of outputs[path].imports) if (isStaticChunk(one)) reached.add(one.path);
  return reached;
}

function isCheap(one) {
  return !one.external || one.kind === 'dynamic-import' || cheap.has(one.path.replace(/^node:/, ''));
}

function isStaticChunk({ external, kind }) {
  return !external && kind !== 'dynamic-import';
}

/** Changes what a file imports from merged chunks. Lines stay where they are, for the source map. */
function redirect(top, path, target, prefixes) {
  const text = readFileSync(join(top, path), 'utf8');
  const pattern = /^(import|export) (?:\{([^}]*)\} from )?"(\.[^"]*)";$/gm;
  const changed = text.replace(pattern, (statement, word, names, place) => {
    const prefix = prefixes.get(join(dirname(path), place));
    if (prefix === undefined) return statement;
    const relation = relative(dirname(path), target);
    const to = relation.startsWith('.') ? relation : `./${relation}`;
    if (names === undefined) return `${word} "${to}";`;
    const renamed = names.replace(/([\w$]+)( as [\w$]+)?/g, (_, name, as) => `${prefix}${name}${as ?? ` as ${name}`}`);
    return `${word} {${renamed}} from "${to}";`;
  });
  for (const [chunk] of prefixes)
    if (changed.includes(base(chunk))) throw new Error(`${path} still names ${chunk}, which is in ${target}`);
  if (changed !== text) writeFileSync(join(top, path), changed);
}

function base(path) {
  return path.slice(path.lastIndexOf('/') + 1);
}
