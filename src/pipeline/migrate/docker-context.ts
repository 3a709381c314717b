import { join } from 'node:path';
import { compileGlob } from '../../codec/glob.ts';
import type { Context } from '../../io/context.ts';

/** The folder that `docker build` is given, without what .dockerignore takes away. Paths have no leading slash. */
export interface DockerContext {
  /** Absolute. */
  readonly folder: string;
  readonly files: readonly string[];
  kind(path: string): 'file' | 'folder' | undefined;
  /** Paths that a pattern of COPY means; the path itself when there is no wildcard in it. */
  expand(pattern: string): readonly string[];
  /** Of .dockerignore: globs in the words of `app.exclude`, or paths where `!` makes that impossible. */
  readonly ignored: readonly string[];
}

/** More is nobody's application, and a listing that long helps nobody. */
const maximumFiles = 50_000;
const neverListed: ReadonlySet<string> = new Set(['.git', 'node_modules', '__pycache__']);

/** @param folder absolute */
export async function readDockerContext(
  ctx: Context,
  folder: string,
  ignoreFiles: readonly string[],
): Promise<DockerContext> {
  const rules = await ignoreRules(ctx, folder, ignoreFiles);
  const files: string[] = [];
  const folders = new Set<string>(['']);
  const left: string[] = [];
  const hasExceptions = rules.some(({ keeps }) => keeps);
  await list('');
  return {
    folder,
    files,
    kind: (path) => (folders.has(path) ? 'folder' : files.includes(path) ? 'file' : undefined),
    expand(pattern) {
      const clean = pattern
        .replace(/^(?:\.?\/)+/u, '')
        .replace(/\/+$/u, '')
        .replace(/^\.$/u, '');
      if (!/[*?[]/u.test(clean)) return [clean];
      const matches = compileGlob(clean);
      const depth = clean.split('/').length;
      return [...files, ...folders].filter((path) => path.split('/').length === depth && matches(path)).sort();
    },
    ignored: hasExceptions ? left : rules.flatMap(({ pattern }) => [pattern]),
  };

  async function list(path: string): Promise<void> {
    for (const entry of await ctx.fs.readDirectory(join(folder, path))) {
      ctx.signal.throwIfAborted();
      const inside = path === '' ? entry.name : `${path}/${entry.name}`;
      if (neverListed.has(entry.name) || files.length > maximumFiles) continue;
      const verdict = rules.findLast((rule) => rule.matches(inside));
      const isOut = verdict !== undefined && !verdict.keeps;
      if (entry.isDirectory()) {
        // An exception may lie inside.
        if (isOut && !hasExceptions) continue;
        folders.add(inside);
        await list(inside);
      } else if (isOut) left.push(inside);
      else files.push(inside);
    }
  }
}

interface Rule {
  readonly pattern: string;
  readonly keeps: boolean;
  matches(path: string): boolean;
}

/** docs.docker.com/build/concepts/context, "Syntax": patterns count from the folder, the last one that matches wins. */
async function ignoreRules(ctx: Context, folder: string, names: readonly string[]): Promise<Rule[]> {
  for (const name of names) {
    if (!(await ctx.fs.exists(join(folder, name)))) continue;
    const lines = (await ctx.fs.readText(join(folder, name))).split(/\r?\n/u).map((line) => line.trim());
    return lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const keeps = line.startsWith('!');
        const pattern = line
          .replace(/^!/u, '')
          .replace(/^(?:\.?\/)+/u, '')
          .replace(/\/+$/u, '');
        return { pattern, keeps, matches: compileGlob(pattern) };
      })
      .filter(({ pattern }) => pattern !== '' && pattern !== '.');
  }
  return [];
}
