import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import { nearest } from '../errors/nearest.ts';
import type { Context } from '../io/context.ts';
import type { BlobSink } from '../values/blob.ts';
import type { SourceLocation } from '../values/source-location.ts';
import type { App } from './app.ts';
import { listFiles } from './list-files.ts';

export interface AppSettings {
  /** Path of the folder; a relative one counts from `ctx.cwd`. */
  readonly folder: string;
  /** Path of the program relative to the folder. */
  readonly entry: string;
  /** Where the entry was named, when it was. */
  readonly entryWhere?: SourceLocation | undefined;
  /** Patterns as in `compileGlob`; empty means everything. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Absolute paths of what the build itself reads; such a file goes into the image only when `include` names it. */
  readonly inputs?: readonly string[] | undefined;
}

/**
 * Reads the user's folder into the store: the files that go into the image, and nothing of when, by whom and with which
 * umask they were written.
 *
 * @throws KilopyError KP3001 (no such folder), KP3002 (no entry point), KP3003 (files that cannot be used, all of them
 *   together), KP3004 (links that lead out)
 */
export async function readApp(ctx: Context, store: BlobSink, settings: AppSettings): Promise<App> {
  const folder = resolve(ctx.cwd, settings.folder);
  await requireFolder(ctx, folder, settings.folder);
  const inputs = settings.inputs?.map((path) => relative(folder, path).replaceAll(sep, '/'));
  const listing = await listFiles(ctx, store, folder, { ...settings, inputs });
  const entry = settings.entry.replace(/^(?:\.\/)+/u, '');
  const app: App = { folder, entry, ...listing };
  if (!app.files.some((file) => file.path === entry)) throw missingEntry(app, settings);
  return app;
}

async function requireFolder(ctx: Context, folder: string, asWritten: string): Promise<void> {
  let isFolder: boolean;
  try {
    isFolder = (await ctx.fs.stat(folder)).isDirectory();
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const siblings = absent ? await foldersBeside(ctx, folder) : [];
    const [near] = nearest(basename(folder), siblings, 1);
    throw new KilopyError('KP3001', `${asWritten}: ${absent ? 'there is no such folder' : 'cannot be read'}`, {
      why: absent ? undefined : (error as Error).message,
      fix: near === undefined ? undefined : `did you mean ${join(dirname(asWritten), near)}?`,
      cause: error,
    });
  }
  if (isFolder) return;
  const name = basename(asWritten);
  throw new KilopyError('KP3001', `${asWritten} is a file; an application is the folder around it`, {
    fix:
      `name the folder: ${dirname(asWritten)}` +
      (name === 'main.py' || extname(name) !== '.py' ? '' : `, with \`app: {entry: ${name}}\` in its kilopy.yaml`),
  });
}

async function foldersBeside(ctx: Context, folder: string): Promise<string[]> {
  try {
    const entries = await ctx.fs.readDirectory(dirname(folder));
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch {
    return [];
  }
}

function missingEntry(app: App, settings: AppSettings): KilopyError {
  const { entry } = app;
  const where = settings.entryWhere ?? app.folder;
  const leftOut = app.leftOut.find((path) => path === entry || entry.startsWith(`${path}/`));
  if (leftOut !== undefined) {
    return new KilopyError('KP3002', `the entry point ${entry} is left out of the image`, {
      where,
      why: `${leftOut} is in the folder, but the rules for files of the application do not take it`,
      fix: `take it with \`app: {include: ["${entry}"]}\` in kilopy.yaml, or choose another entry point`,
    });
  }
  const programs = app.files.map((file) => file.path).filter((path) => path.endsWith('.py'));
  const [near] = nearest(entry, programs, 1);
  const candidate = near ?? (programs.length === 1 ? programs[0] : undefined);
  return new KilopyError('KP3002', `no ${entry} in ${app.folder}`, {
    where,
    why: app.files.length === 0 ? 'the folder holds no file of an application' : undefined,
    fix:
      candidate === undefined
        ? undefined
        : `set \`app: {entry: ${candidate}}\` in kilopy.yaml, or rename ${candidate} to ${entry}`,
    data: { entry, found: programs },
  });
}
