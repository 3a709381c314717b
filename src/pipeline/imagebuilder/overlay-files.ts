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

/** Before anything is fetched. Throws KP2313 where FILES is no folder. */
export async function checkOverlayFolder(ctx: Context, folder: string | undefined): Promise<void> {
  if (folder === undefined) return;
  const status = await ctx.fs.stat(folder).catch(() => undefined);
  if (status?.isDirectory() === true) return;
  throw new KilopyError('KP2313', `FILES is ${folder}, and there is no such folder`, { data: { folder } });
}

/**
 * The files of FILES. Everything belongs to root; folders are 0755, files 0644 or 0755 as their owner may execute them,
 * so that the umask of whoever unpacked them is of no effect. kilopy-files.yaml changes that by path, and names
 * templates, in which `${NAME}` is replaced.
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
  async function walk(path: string): Promise<void> {
    const place = join(folder, path);
    const stat = await ctx.fs.lstat(place);
    const rule: Rule = manifest.get(path) ?? {};
    const common = {
      path,
      uid: rule.uid ?? 0,
      gid: rule.gid ?? 0,
      mtimeSeconds,
      origin: { kind: 'overlay', where: { file: place } },
    } as const;
    const mode = rule.mode === undefined ? undefined : Number.parseInt(rule.mode, 8);
    checkName(path, place);
    if (stat.isDirectory()) {
      if (path !== '') nodes.push({ ...common, type: 'directory', mode: mode ?? 0o755 });
      for (const { name } of await ctx.fs.readDirectory(place)) {
        if (path !== '' || name !== overlayManifest) await walk(path === '' ? name : `${path}/${name}`);
      }
    } else if (stat.isSymbolicLink()) {
      nodes.push({ ...common, type: 'symlink', mode: 0o777, target: await ctx.fs.readLink(place) });
    } else if (stat.isFile()) {
      const isExecutable = (Number(stat.mode) & 0o100) !== 0;
      const content =
        rule.template === true
          ? await blobs.put(Buffer.from(fill(await ctx.fs.readText(place), values, place)))
          : await blobs.putStream(ctx.fs.readStream(place));
      nodes.push({ ...common, type: 'file', mode: mode ?? (isExecutable ? 0o755 : 0o644), content });
    } else {
      const kind = stat.isSocket() ? 'a socket' : stat.isFIFO() ? 'a pipe' : 'a device';
      throw new KilopyError('KP2313', `${place} is ${kind}`, { where: place });
    }
  }
  await walk('');
  const unused = [...manifest.keys()].find((path) => !nodes.some((node) => node.path === path));
  if (unused !== undefined) {
    throw new KilopyError('KP2313', `${overlayManifest} names ${unused}, which is not in the folder`, {
      where: join(folder, overlayManifest),
    });
  }
  return nodes;
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
  const parsed = rules.safeParse(parse(await ctx.fs.readText(path)) ?? {});
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

function fill(text: string, values: Readonly<Record<string, string>>, where: string): string {
  return text.replace(/\$\{([A-Za-z_]\w*)\}/gu, (whole, name: string) => {
    const value = values[name];
    if (value !== undefined) return value;
    throw new KilopyError('KP2313', `${where} wants a value for ${whole}`, { where, fix: `add --set ${name}=VALUE` });
  });
}
