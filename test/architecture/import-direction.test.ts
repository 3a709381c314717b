import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

/** The design's "who may import whom": a room imports only rooms on lines above its own. */
const lines = [
  // The design puts both on one line; errors carry a SourceLocation, which is a value.
  ['values'],
  ['errors'],
  ['io', 'codec', 'crypto'],
  ['store', 'registry', 'tree', 'solve', 'spec'],
  ['feed', 'image', 'app'],
  ['lock', 'passes', 'emit'],
  ['machine', 'report'],
  ['runtime'],
  ['pipeline'],
  ['cli'],
];

const level = new Map(lines.flatMap((rooms, i) => rooms.map((room) => [room, i] as const)));

/** Rooms that may touch the process, the clock and the disk directly. */
const ioRooms = new Set(['io', 'store', 'cli']);

/** Rooms whose functions are pure. */
const pureRooms = new Set(['values', 'errors', 'solve', 'codec', 'tree']);

interface SourceFile {
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const source = resolve(import.meta.dirname, '../../src');

function sourceFiles(): SourceFile[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => {
      const text = readFileSync(join(source, path), 'utf8');
      const imports = [
        ...text.matchAll(/(?:^import|^export)[^;]*?from '([^']+)'|import\('([^']+)'\)|^import '([^']+)'/gm),
      ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
      return { path, room: path.split('/')[0] ?? '', text, imports };
    });
}

/** The faults of one file, as sentences. */
function faults(file: SourceFile): string[] {
  if (file.path === 'index.ts') return [];
  const own = level.get(file.room);
  if (own === undefined) return [`${file.path}: ${file.room} is not a room of the design`];
  const found: string[] = [];
  for (const imported of file.imports) {
    if (!imported.startsWith('.')) continue;
    if (!imported.endsWith('.ts')) found.push(`${file.path}: import of ${imported} does not end in .ts`);
    const target = relative(source, resolve(source, dirname(file.path), imported));
    const room = target.split('/')[0] ?? '';
    if (room === file.room) continue;
    const other = level.get(room);
    if (other === undefined || other >= own) found.push(`${file.path}: ${file.room} may not import ${target}`);
  }
  if (!ioRooms.has(file.room)) {
    for (const [what, pattern] of forbidden) if (pattern.test(file.text)) found.push(`${file.path}: uses ${what}`);
    if (file.imports.some((name) => /^node:(fs|child_process|net|http|https|os)(\/|$)/.test(name)))
      found.push(`${file.path}: imports a node module that does I/O`);
  }
  if (pureRooms.has(file.room) && file.imports.some((name) => name.includes('/io/') && !name.includes('limits')))
    found.push(`${file.path}: ${file.room} does no I/O`);
  return found;
}

const forbidden: readonly (readonly [string, RegExp])[] = [
  ['process', /(?<![\w.'`-])process\.(?!ing)/],
  ['Date.now', /\bDate\.now\b|new Date\(\)/],
  ['fetch', /(?<![\w.])fetch\((?!ctx\b)/],
  ['console', /\bconsole\./],
  ['Math.random', /\bMath\.random\b/],
];

test('every import follows the design, and only io, store and cli touch the outside', () => {
  expect(sourceFiles().flatMap(faults)).toEqual([]);
});

test('the check sees a wrong import, a forbidden global and an unknown room', () => {
  expect(faults(bad('tree/a.ts', '', ['../passes/b.ts']))).toHaveLength(1);
  expect(faults(bad('tree/a.ts', '', ['../solve/b.ts']))).toHaveLength(1);
  expect(faults(bad('tree/a.ts', 'const now = Date.now();'))).toHaveLength(1);
  expect(faults(bad('feed/a.ts', '', ['node:fs/promises']))).toHaveLength(1);
  expect(faults(bad('codec/a.ts', '', ['../io/context.ts']))).toHaveLength(2);
  expect(faults(bad('shed/a.ts', ''))).toHaveLength(1);
  expect(faults(bad('cli/a.ts', 'process.exit()', ['../pipeline/build.ts']))).toEqual([]);
});

function bad(path: string, text: string, imports: readonly string[] = []): SourceFile {
  return { path, room: path.split('/')[0] ?? '', text, imports };
}

test('no barrel files inside src/', () => {
  const barrels = sourceFiles().filter((file) => file.path.endsWith('/index.ts') && /^export \*/m.test(file.text));
  expect(barrels.map((file) => file.path)).toEqual([]);
});
