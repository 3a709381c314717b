import { join } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { OverlayEntry, OverlayFile } from '../spec/spec.ts';
import type { Node } from '../tree/node.ts';
import type { BlobSink } from '../values/blob.ts';

/**
 * The nodes of `files:`, with contents in the store. A folder as source brings everything in it.
 *
 * @throws KilopyError KP1101 for a source that is missing or is neither a file nor a folder
 */
export async function overlayNodes(
  ctx: Context,
  blobs: BlobSink,
  entries: readonly OverlayEntry[],
  mtimeSeconds: number,
): Promise<Node[]> {
  const nodes: Node[] = [];
  for (const entry of entries) {
    const { path, uid, gid, where } = entry;
    const common = { path, uid, gid, mtimeSeconds, origin: { kind: 'overlay', where } } as const;
    if (entry.type === 'directory') nodes.push({ ...common, type: 'directory', mode: entry.mode });
    else if (entry.type === 'symlink') nodes.push({ ...common, type: 'symlink', mode: 0o777, target: entry.target });
    else if (entry.from.kind === 'source')
      await addSource(ctx, blobs, entry, entry.from.path, path, mtimeSeconds, nodes);
    else {
      const content = await blobs.put(new TextEncoder().encode(entry.from.text));
      nodes.push({ ...common, type: 'file', mode: entry.mode ?? 0o644, content });
    }
  }
  return nodes;
}

async function addSource(
  ctx: Context,
  blobs: BlobSink,
  entry: OverlayFile,
  source: string,
  path: string,
  mtimeSeconds: number,
  nodes: Node[],
): Promise<void> {
  const { uid, gid, where } = entry;
  const common = { path, uid, gid, mtimeSeconds, origin: { kind: 'overlay', where } } as const;
  const stat = await statSource(ctx, source, entry);
  if (stat.isDirectory()) {
    nodes.push({ ...common, type: 'directory', mode: 0o755 });
    for (const { name } of await ctx.fs.readDirectory(source)) {
      await addSource(
        ctx,
        blobs,
        entry,
        join(source, name),
        path === '' ? name : `${path}/${name}`,
        mtimeSeconds,
        nodes,
      );
    }
  } else if (stat.isFile()) {
    const isExecutable = (Number(stat.mode) & 0o100) !== 0;
    const content = await blobs.putStream(ctx.fs.readStream(source));
    nodes.push({ ...common, type: 'file', mode: entry.mode ?? (isExecutable ? 0o755 : 0o644), content });
  } else {
    throw new KilopyError('KP1101', `${source} is neither a file nor a folder`, { where });
  }
}

async function statSource(ctx: Context, source: string, entry: OverlayFile): ReturnType<Context['fs']['stat']> {
  try {
    return await ctx.fs.stat(source);
  } catch (cause) {
    throw new KilopyError('KP1101', `${source} cannot be read`, {
      where: entry.where,
      why: (cause as Error).message,
      cause,
    });
  }
}
