import { join } from 'node:path';
import type { Context } from '../../io/context.ts';
import type { BlobRef, BlobSink } from '../../values/blob.ts';

/** A file that goes with the tests. */
export interface TestData {
  /** Below the application's folder, with `/`. */
  readonly path: string;
  readonly content: BlobRef;
}

export interface TestFile extends TestData {
  /** Names that are defined in the file, in the order of the text: MicroPython itself does not keep it. */
  readonly order: readonly string[];
  readonly lines: readonly string[];
}

export interface FoundTests {
  /** `test_*.py`, sorted by path. */
  readonly tests: readonly TestFile[];
  /** The rest of the folder `tests`: helpers and data. */
  readonly helpers: readonly TestData[];
}

/** Folders at the top that hold no tests of this application: its dependencies and outputs. */
const notAtTop: ReadonlySet<string> = new Set(['lib', 'dist', 'venv']);
const nowhere: ReadonlySet<string> = new Set(['node_modules', '__pycache__']);

/**
 * Looks for `test_*.py` in the folder and below, and takes the whole folder `tests` along. These are the files that
 * `readApp` leaves out. Links to folders are not followed.
 */
export async function findTests(ctx: Context, store: BlobSink, folder: string): Promise<FoundTests> {
  const tests: TestFile[] = [];
  const helpers: TestData[] = [];
  await visit('');
  return { tests, helpers };

  async function visit(path: string): Promise<void> {
    for (const entry of await ctx.fs.readDirectory(join(folder, path))) {
      ctx.signal.throwIfAborted();
      const { name } = entry;
      const inside = path === '' ? name : `${path}/${name}`;
      if (name.startsWith('.') || name.includes('\ufffd')) continue;
      if (entry.isDirectory()) {
        if (!nowhere.has(name) && !(path === '' && notAtTop.has(name))) await visit(inside);
        continue;
      }
      const isTest = isTestFile(name);
      if (!isTest && !inside.startsWith('tests/')) continue;
      const place = join(folder, inside);
      if (!(await ctx.fs.stat(place)).isFile()) continue;
      const bytes = await ctx.fs.readFile(place);
      const data = { path: inside, content: await store.put(bytes) };
      if (isTest) tests.push({ ...data, ...describe(new TextDecoder().decode(bytes)) });
      else helpers.push(data);
    }
  }
}

function isTestFile(name: string): boolean {
  return name.startsWith('test_') && name.endsWith('.py');
}

function describe(source: string): Pick<TestFile, 'order' | 'lines'> {
  const names = [...source.matchAll(/^[ \t]*(?:async[ \t]+def|def|class)[ \t]+([\p{L}\p{N}_]+)/gmu)];
  return { order: [...new Set(names.map(([, name = '']) => name))], lines: source.split(/\r?\n/u) };
}
