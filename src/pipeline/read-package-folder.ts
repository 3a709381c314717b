import { join } from 'node:path';
import { compareTreePaths } from '../codec/path-text.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { ApkRecipe, RecipeNode } from '../emit/apk/apk-recipe.ts';
import type { Context } from '../io/context.ts';
import { packageFileName, parsePackageYaml, type PackageYaml } from './package-yaml.ts';

/**
 * Reads the folder of a package: kilopy-package.yaml, the scripts that it names, and everything below `files/`. Modes
 * are 0755 for folders and what its owner may run, else 0644, so that nobody's umask matters; owners are root.
 *
 * @param buildTime seconds since 1970; by default the time of the newest file in the folder
 * @param shown the folder as messages should name it
 * @throws KilopyError KP5253 for what cannot be packed, KP20xx for kilopy-package.yaml
 */
export async function readPackageFolder(
  ctx: Context,
  folder: string,
  buildTime: number | undefined,
  shown: string,
): Promise<ApkRecipe> {
  const file = join(folder, packageFileName);
  const newest = { seconds: await modified(ctx, file) };
  const yaml = parsePackageYaml(await ctx.fs.readText(file), `${shown}/${packageFileName}`);
  const scripts = await readScripts(ctx, folder, yaml, newest, shown);
  const nodes = (await ctx.fs.exists(join(folder, 'files')))
    ? await readNodes(ctx, join(folder, 'files'), yaml.modes, newest, shown)
    : [];
  checkModes(yaml.modes, nodes, shown);
  const { arch, modes: _, providerPriority, replacesPriority, ...rest } = yaml;
  return {
    ...rest,
    architecture: arch,
    providerPriority,
    replacesPriority,
    scripts,
    nodes,
    buildTime: buildTime ?? newest.seconds,
  };
}

interface Newest {
  seconds: number;
}

async function modified(ctx: Context, path: string): Promise<number> {
  return Number((await ctx.fs.lstat(path)).mtimeMs / 1000n);
}

async function readScripts(
  ctx: Context,
  folder: string,
  { scripts, triggers }: PackageYaml,
  newest: Newest,
  shown: string,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const [name, file] of Object.entries(scripts)) {
    const path = join(folder, file);
    const text = await ctx.fs.readText(path).catch((cause: unknown) => {
      throw refusal(
        shown,
        `the script ${file} cannot be read`,
        `${shown}/${packageFileName} names it as ${name}.`,
        cause,
      );
    });
    newest.seconds = Math.max(newest.seconds, await modified(ctx, path));
    texts.set(name, text);
  }
  if (triggers.length > 0 && !texts.has('trigger')) {
    throw refusal(shown, 'there are triggers and no script "trigger"', 'apk would have nothing to run.');
  }
  return texts;
}

async function readNodes(
  ctx: Context,
  root: string,
  modes: PackageYaml['modes'],
  newest: Newest,
  shown: string,
): Promise<readonly RecipeNode[]> {
  const nodes: RecipeNode[] = [];
  const firstNames = new Map<string, string>();

  async function walk(folder: string): Promise<void> {
    for (const entry of await ctx.fs.readDirectory(join(root, folder))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const node = await readNode(path);
      nodes.push(node);
      if (node.type === 'directory') await walk(path);
    }
  }

  async function readNode(path: string): Promise<RecipeNode> {
    const place = join(root, path);
    const stat = await ctx.fs.lstat(place);
    const written = modes[path];
    const mode = written === undefined ? undefined : Number.parseInt(written, 8);
    if (stat.isDirectory()) return { type: 'directory', path, mode: mode ?? 0o755 };
    newest.seconds = Math.max(newest.seconds, Number(stat.mtimeMs / 1000n));
    if (stat.isSymbolicLink()) return { type: 'symlink', path, mode: 0o777, target: await ctx.fs.readLink(place) };
    if (!stat.isFile()) throw refusal(shown, `files/${path} is neither file, folder nor link`, 'It cannot be packed.');
    const common = { type: 'file', path, mode: mode ?? ((stat.mode & 0o100n) === 0n ? 0o644 : 0o755) } as const;
    const content = await ctx.fs.readFile(place);
    const inode = `${String(stat.dev)}/${String(stat.ino)}`;
    const first = stat.nlink > 1n ? firstNames.get(inode) : undefined;
    if (first !== undefined) return { ...common, content, hardLinkOf: first };
    firstNames.set(inode, path);
    return { ...common, content };
  }

  await walk('');
  return nodes.toSorted((a, b) => compareTreePaths(a.path, b.path));
}

function checkModes(modes: PackageYaml['modes'], nodes: readonly RecipeNode[], shown: string): void {
  const paths = new Set(nodes.filter(({ type }) => type !== 'symlink').map(({ path }) => path));
  for (const path of Object.keys(modes)) {
    if (!paths.has(path))
      throw refusal(shown, `modes names ${path}, which is no file or folder below files/`, undefined);
  }
}

function refusal(shown: string, what: string, why: string | undefined, cause?: unknown): KilopyError {
  return new KilopyError('KP5253', `${shown}: ${what}`, { where: shown, why, cause });
}
