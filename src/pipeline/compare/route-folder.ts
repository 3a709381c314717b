import { join } from 'node:path';
import { isMap, parseDocument, type Document } from 'yaml';
import type { Context } from '../../io/context.ts';

/** Never copied: outputs, locks and what is nobody's program. */
const leftBehind: ReadonlySet<string> = new Set(['.git', 'dist', 'node_modules', 'kilopy.lock', '__pycache__']);

export async function copyApp(ctx: Context, from: string, to: string): Promise<void> {
  await ctx.fs.makeDirectory(to);
  for (const entry of await ctx.fs.readDirectory(from)) {
    if (leftBehind.has(entry.name)) continue;
    if (entry.isDirectory()) await copyApp(ctx, join(from, entry.name), join(to, entry.name));
    else if (entry.isFile())
      await ctx.fs.writeFile(join(to, entry.name), await ctx.fs.readFile(join(from, entry.name)));
  }
}

/**
 * The application's own kilopy.yaml with another base. Its packages and feeds belong to its own base and do not go with
 * it; what it says of the new base (a mirror, a release, keys) does.
 */
export async function writeBase(ctx: Context, folder: string, name: string, settings?: object): Promise<void> {
  const file = join(folder, 'kilopy.yaml');
  const given = parseDocument((await ctx.fs.exists(file)) ? await ctx.fs.readText(file) : '');
  // A file of comments alone is one, too.
  const document = isMap(given.contents) ? given : parseDocument('name: app\n');
  const own = settings ?? ownSettings(document, name);
  for (const key of ['packages', 'feeds', 'budget', 'outputs', 'targets']) document.delete(key);
  document.set('base', own === undefined ? name : { [name]: own });
  await ctx.fs.writeFile(file, document.toString());
}

function ownSettings(document: Document, name: string): unknown {
  const base = document.get('base');
  return isMap(base) ? base.get(name) : undefined;
}
