import { join } from 'node:path';
import { emitOutputs } from '../../emit/registry.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { targets } from '../../spec/targets.ts';
import type { Store } from '../../store/store.ts';
import type { Tree } from '../../tree/node.ts';
import { overlay } from '../../tree/overlay.ts';
import { withScratch } from '../scratch.ts';
import type { Builder } from './open.ts';

/**
 * The whole root file system as a container that docker, podman and skopeo load, for the platform that it really is for:
 * `linux/mips` or `linux/mipsle`, where OpenWrt's own images say amd64. It begins with a shell.
 *
 * @throws KilopyError KP2318 for an architecture that containers have no name for
 */
export async function containerArchive(
  ctx: Context,
  store: Store,
  { architecture, board, release }: Builder,
  tree: Tree,
  createdSeconds: number,
): Promise<Uint8Array> {
  const target = targets.find(({ openwrt }) => openwrt?.includes(architecture));
  if (target === undefined) {
    throw new KilopyError('KP2318', `containers have no platform for ${architecture}`, { data: { architecture } });
  }
  const settings = {
    name: `openwrt-${board.replace('/', '-')}`,
    tag: release.toLowerCase(),
    entrypoint: [],
    cmd: ['/bin/ash'],
    env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
    exposedPorts: [],
    labels: {},
    annotations: {},
  };
  // /var is /tmp: what procd makes at the start of a machine, opkg and others need here.
  const origin = { kind: 'pass', pass: 'container' } as const;
  const common = { type: 'directory', uid: 0, gid: 0, mtimeSeconds: createdSeconds, origin } as const;
  const folders = ['tmp/lock', 'tmp/run'].map((path) => ({ ...common, path, mode: 0o755 }));
  const targetTree = { target, tree: overlay(tree, folders).tree, createdSeconds };
  const input = { settings, targets: [targetTree], blobs: store, cache: store, compression: 'default' } as const;
  const [artifact] = await emitOutputs(ctx, input, ['oci']);
  return await withScratch(ctx, async (scratch) => {
    const path = join(scratch, 'image');
    await artifact?.write(ctx, path);
    return await ctx.fs.readFile(path);
  });
}
