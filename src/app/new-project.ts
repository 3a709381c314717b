import { basename, join, resolve } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import { nearest } from '../errors/nearest.ts';
import type { Context } from '../io/context.ts';
import { isImageName, toImageName } from '../spec/image-name.ts';
import { cron } from './templates/cron.ts';
import { hello } from './templates/hello.ts';
import { http } from './templates/http.ts';
import type { Template } from './templates/template.ts';

export type TemplateName = 'hello' | 'http' | 'cron';

export const templates: Readonly<Record<TemplateName, Template>> = { hello: hello, http: http, cron: cron };

export interface NewProject {
  /** Name of the project and of its image: the last part of the folder's path. */
  readonly name: string;
  /** Absolute path. */
  readonly folder: string;
  /** What was written, relative to the folder, sorted. */
  readonly files: readonly string[];
}

/**
 * Makes a folder with a small application that can be built and run at once.
 *
 * @param folder path of a folder that does not exist or is empty; a relative one counts from `ctx.cwd`
 * @throws KilopyError KP3007 (the folder is taken), KP3008 (name or template)
 */
export async function newProject(ctx: Context, folder: string, template: string = 'hello'): Promise<NewProject> {
  const place = resolve(ctx.cwd, folder);
  const name = basename(place);
  if (!isImageName(name)) {
    throw new KilopyError('KP3008', `'${name}' cannot be the name of a project`, {
      why: 'it becomes the name of the image',
      fix: `\`kilopy new ${toImageName(name)}\``,
      data: { name },
    });
  }
  const chosen = findTemplate(template);
  await requireFree(ctx, place, folder);
  const files: Readonly<Record<string, string>> = { '.gitignore': 'dist/\n__pycache__/\n', ...chosen.files(name) };
  await ctx.fs.makeDirectory(place);
  for (const [path, text] of Object.entries(files)) await ctx.fs.writeAtomic(join(place, path), text);
  return { name, folder: place, files: Object.keys(files).sort() };
}

function findTemplate(template: string): Template {
  if (Object.hasOwn(templates, template)) return templates[template as TemplateName];
  const names = Object.keys(templates);
  const [near] = nearest(template, names, 1);
  throw new KilopyError('KP3008', `there is no template '${template}'`, {
    fix: near === undefined ? `choose one of ${names.join(', ')}` : `did you mean \`--template ${near}\`?`,
    data: { template, templates: names },
  });
}

async function requireFree(ctx: Context, place: string, asWritten: string): Promise<void> {
  try {
    const [first] = await ctx.fs.readDirectory(place);
    if (first === undefined) return;
    throw new KilopyError('KP3007', `${asWritten} is not empty`, {
      why: `it has ${first.name}`,
      data: { folder: place },
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    if (code === 'ENOTDIR') throw new KilopyError('KP3007', `${asWritten} is a file`, { cause: error });
    throw error;
  }
}
