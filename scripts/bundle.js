// Bundles src/ into build/: the program, the library, and a chunk for each part that is loaded only when it is needed.
// A command then loads a handful of files instead of hundreds, which is most of its start.
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { mergeChunks } from './merge-chunks.js';

const top = fileURLToPath(new URL('..', import.meta.url));

const options = {
  absWorkingDir: top,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // The first three start from their own files. openpgp's licence asks for a part that can be replaced, the last one's
  // data come without the text of theirs.
  external: [
    '@gfx/zopfli',
    '@micropython/micropython-webassembly-pyscript',
    'xz-decompress',
    'openpgp',
    'spdx-expression-parse',
  ],
  // What a CommonJS dependency requires here is part of Node.
  banner: { js: 'const require = process.getBuiltinModule;' },
  // Read only under --debug, see cli/bin.ts.
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
};
const { metafile } = await build({
  ...options,
  entryPoints: ['src/cli/bin.ts', 'src/index.ts'],
  outbase: 'src',
  outdir: 'build',
  // As deep as src/ROOM and build/cli: packageRoot is two folders above each of them.
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
  metafile: true,
});
const { inputs } = metafile;

// The namespace would have nothing but `default`, other than in Node.
for (const [path, { imports }] of Object.entries(inputs)) {
  const wrong = imports.find((one) => one.kind === 'dynamic-import' && inputs[one.path]?.format === 'cjs');
  if (wrong !== undefined) throw new Error(`${path}: import() of ${wrong.path}, which is CommonJS`);
}
if ('src/io/package-root.ts' in metafile.outputs['build/index.js'].inputs)
  throw new Error('build/index.js is not deep enough for packageRoot');
writeFileSync(join(top, 'build/third-party-licences.txt'), licences(Object.keys(inputs)));
await mergeChunks(top, metafile.outputs, options);
prune(new Set(Object.keys(metafile.outputs)));

/** What the licences of the bundled packages ask for: their text beside the code. */
function licences(paths) {
  const folders = new Set(paths.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []));
  const sections = [...folders]
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(top, folder, 'package.json'), 'utf8'));
      const file = readdirSync(join(top, folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
      if (file === undefined) throw new Error(`${name} has no licence text: it cannot be bundled`);
      return `${name} ${version} (${license})\n\n${readFileSync(join(top, folder, file), 'utf8').trim()}\n`;
    });
  return `Parts of these packages are in the files of this folder.\n\n${sections.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

/** Removes what an earlier compilation left: a stale module must not be importable. */
function prune(outputs) {
  for (const entry of readdirSync(join(top, 'build'), { recursive: true })) {
    const stale = entry.endsWith('.d.ts')
      ? !existsSync(join(top, 'src', entry.replace(/\.d\.ts$/, '.ts')))
      : /\.js(\.map)?$/.test(entry) && !outputs.has(`build/${entry}`);
    if (stale) rmSync(join(top, 'build', entry));
  }
}
