import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Node } from '../../tree/node.ts';
import type { BlobSink } from '../../values/blob.ts';

/** In FILES: what a folder cannot say of its files. It does not become part of the image. */
export const overlayManifest = 'kilopy-files.yaml';

/** Of Linux file systems, in bytes. */
const longestName = 255;

const rules = z.record(
  z.string(),
  z.strictObject({
    mode: z
      .string()
      .regex(/^0?[0-7]{3,4}$/u)
      .optional(),
    uid: z.int().min(0).max(0xffff_fffe).optional(),
    gid: z.int().min(0).max(0xffff_fffe).optional(),
    template: z.boolean().optional(),
  }),
);

type Rule = z.infer<typeof rules>[string];

/**
 * Before anything is fetched: FILES is a folder, its names and kinds of files are possible, and all of it can be read.
 *
 * @throws KilopyError KP2313
 */
export async function checkOverlayFolder(ctx: Context, folder: string | undefined): Promise<void> {
  if (folder === undefined) return;
  const status = await ctx.fs.stat(folder).catch(() => undefined);
  if (status?.isDirectory() !== true) {
    const what = status === undefined ? 'there is no such folder' : 'that is no folder';
    throw new KilopyError('KP2313', `FILES is ${folder}, and ${what}`, {
      fix: 'name a folder whose content begins with etc/, usr/ and so on',
      data: { folder },
    });
  }
  await readRules(ctx, join(folder, overlayManifest));
  for await (const { place, status: found } of overlayEntries(ctx, folder)) {
    if (found.isFile()) await reading(place, async () => await (await ctx.fs.open(place)).close());
  }
}

/**
 * The files of FILES. Everything belongs to root; folders are 0755, files 0644 or 0755 as their owner may execute them,
 * so that the umask of whoever unpacked them is of no effect. kilopy-files.yaml changes that by path, and names
 * templates, in which `${NAME}` is replaced. Links stay what they are, wherever they lead.
 *
 * @throws KilopyError KP2313
 */
export async function overlayFiles(
  ctx: Context,
  blobs: BlobSink,
  folder: string,
  values: Readonly<Record<string, string>>,
  mtimeSeconds: number,
): Promise<readonly Node[]> {
  const manifest = await readRules(ctx, join(folder, overlayManifest));
  const nodes: Node[] = [];
  for await (const { path, place, status } of overlayEntries(ctx, folder)) {
    const rule: Rule = manifest.get(path) ?? {};
    const common = {
      path,
      uid: rule.uid ?? 0,
      gid: rule.gid ?? 0,
      mtimeSeconds,
      origin: { kind: 'overlay', where: { file: place } },
    } as const;
    const mode = rule.mode === undefined ? undefined : Number.parseInt(rule.mode, 8);
    if (status.isDirectory()) nodes.push({ ...common, type: 'directory', mode: mode ?? 0o755 });
    else if (status.isSymbolicLink()) {
      nodes.push({ ...common, type: 'symlink', mode: 0o777, target: await ctx.fs.readLink(place) });
    } else {
      const isExecutable = (Number(status.mode) & 0o100) !== 0;
      const content =
        rule.template === true
          ? await blobs.put(Buffer.from(fill(await ctx.fs.readText(place), values, place)))
          : await blobs.putStream(ctx.fs.readStream(place));
      nodes.push({ ...common, type: 'file', mode: mode ?? (isExecutable ? 0o755 : 0o644), content });
    }
  }
  const unused = [...manifest.keys()].find((path) => !nodes.some((node) => node.path === path));
  if (unused !== undefined) {
    throw new KilopyError('KP2313', `${overlayManifest} names ${unused}, which is not in the folder`, {
      where: join(folder, overlayManifest),
      fix: 'write paths as they are below the folder, such as etc/secret',
    });
  }
  return nodes;
}

interface OverlayEntry {
  /** Below FILES. */
  readonly path: string;
  readonly place: string;
  readonly status: Awaited<ReturnType<Context['fs']['lstat']>>;
}

/** What is in FILES, folders before what is in them: folders, links and files. Throws KP2313 for anything else. */
async function* overlayEntries(ctx: Context, folder: string, within = ''): AsyncGenerator<OverlayEntry> {
  for (const { name } of await reading(join(folder, within), () => ctx.fs.readDirectory(join(folder, within)))) {
    if (within === '' && name === overlayManifest) continue;
    const path = within === '' ? name : `${within}/${name}`;
    const place = join(folder, path);
    checkName(path, place);
    const status = await reading(place, () => ctx.fs.lstat(place));
    if (!status.isDirectory() && !status.isSymbolicLink() && !status.isFile()) {
      const kind = status.isSocket() ? 'a socket' : status.isFIFO() ? 'a pipe' : 'a device';
      throw new KilopyError('KP2313', `${place} is ${kind}`, { where: place });
    }
    yield { path, place, status };
    if (status.isDirectory()) yield* overlayEntries(ctx, folder, path);
  }
}

/** Node's errors of a place in FILES as KP2313. */
async function reading<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    // Names come as text: of other bytes only U+FFFD is left, by which nothing is found.
    const isText = !place.includes('\ufffd');
    const what = isText ? `${place} cannot be read` : `the name ${place} is not UTF-8`;
    throw new KilopyError('KP2313', what, {
      where: place,
      why: isText && cause instanceof Error ? cause.message : undefined,
      fix: isText ? 'give yourself the right to read it, or take it out of the folder' : 'rename it',
      cause,
    });
  }
}

/** Throws KP2313 for a name that no file system takes. */
export function checkName(path: string, where: string): void {
  const long = path.split('/').find((name) => Buffer.byteLength(name) > longestName);
  if (long === undefined) return;
  throw new KilopyError('KP2313', `${path.slice(0, 60)}... has a name of ${String(Buffer.byteLength(long))} bytes`, {
    where,
    why: `File systems of Linux take ${String(longestName)}.`,
  });
}

async function readRules(ctx: Context, path: string): Promise<ReadonlyMap<string, Rule>> {
  if (!(await ctx.fs.exists(path))) return new Map();
  const text = await reading(path, () => ctx.fs.readText(path));
  const parsed = rules.safeParse(readYaml(text, path) ?? {});
  if (parsed.success) {
    return new Map(Object.entries(parsed.data).map(([name, rule]) => [name.replace(/^\/+|\/+$/gu, ''), rule]));
  }
  const [issue] = parsed.error.issues;
  throw new KilopyError(
    'KP2313',
    `${overlayManifest} cannot be read: ${issue?.path.join(' ') ?? ''} ${issue?.message ?? ''}`,
    {
      where: path,
      fix: 'write etc/secret: {mode: "0600", uid: 0, gid: 0}, or etc/config/x: {template: true}',
    },
  );
}

function readYaml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new KilopyError('KP2313', `${overlayManifest} is no YAML`, {
      where: path,
      why: cause instanceof Error ? cause.message.split('\n')[0] : undefined,
      fix: 'write etc/secret: {mode: "0600"}, or the like',
      cause,
    });
  }
}

function fill(text: string, values: Readonly<Record<string, string>>, where: string): string {
  return text.replace(/\$\{([A-Za-z_]\w*)\}/gu, (whole, name: string) => {
    const value = values[name];
    if (value !== undefined) return value;
    throw new KilopyError('KP2313', `${where} wants a value for ${whole}`, { where, fix: `add --set ${name}=VALUE` });
  });
}
