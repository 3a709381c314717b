import { createGzip } from 'node:zlib';
import { splitLayers } from '../emit/layers.ts';
import { treeToTar } from '../emit/tar.ts';
import type { Context } from '../io/context.ts';
import type { Store } from '../store/store.ts';
import type { Node, Tree } from '../tree/node.ts';
import { parentsOf } from '../tree/paths.ts';

/** Bytes of a tree as archives: one layer after the other. */
export interface ArchiveBytes {
  readonly rawBytes: number;
  /** With zlib’s best level: close to kilopy’s encoders, a tenth of their time, and used for differences only. */
  readonly gzipBytes: number;
}

/** Measures the layers of a tree without the nodes that `leave` names; folders that end up empty go too. */
export async function measureWithout(
  ctx: Context,
  store: Store,
  tree: Tree,
  leave: (node: Node) => boolean,
): Promise<ArchiveBytes> {
  const kept = [...tree.values()].filter((node) => !leave(node));
  const alive = new Set<string>(
    kept.filter(({ type }) => type !== 'directory').flatMap(({ path }) => [...parentsOf(path)]),
  );
  const gone = new Set([...tree.values()].filter(leave).flatMap(({ path }) => [...parentsOf(path)]));
  const rest = kept.filter((node) => node.type !== 'directory' || alive.has(node.path) || !gone.has(node.path));
  const sizes = await Promise.all(
    splitLayers(new Map(rest.map((node) => [node.path, node]))).map(({ nodes }) => measureLayer(ctx, store, nodes)),
  );
  return {
    rawBytes: sizes.reduce((sum, one) => sum + one.rawBytes, 0),
    gzipBytes: sizes.reduce((sum, one) => sum + one.gzipBytes, 0),
  };
}

async function measureLayer(ctx: Context, store: Store, nodes: Tree): Promise<ArchiveBytes> {
  const gzip = createGzip({ level: 9 });
  let gzipBytes = 0;
  gzip.on('data', (chunk: Uint8Array) => (gzipBytes += chunk.length));
  const ended = new Promise<void>((resolve, reject) => {
    gzip.once('end', resolve);
    gzip.once('error', reject);
  });
  let rawBytes = 0;
  try {
    for await (const chunk of treeToTar(nodes, store)) {
      ctx.signal.throwIfAborted();
      rawBytes += chunk.length;
      await new Promise<void>((resolve) => {
        gzip.write(chunk, () => {
          resolve();
        });
      });
    }
    gzip.end();
    await ended;
  } finally {
    gzip.destroy();
  }
  return { rawBytes, gzipBytes };
}
