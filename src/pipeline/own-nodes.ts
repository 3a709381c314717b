import { launcherPath, launcherSource } from '../app/launcher.ts';
import type { Context } from '../io/context.ts';
import type { LockSection } from '../lock/lock.ts';
import { ensureInit } from '../runtime/init/ensure-init.ts';
import type { Spec } from '../spec/spec.ts';
import type { Target } from '../spec/targets.ts';
import type { Store } from '../store/store.ts';
import type { Node } from '../tree/node.ts';
import type { BlobRef } from '../values/blob.ts';
import type { CheckedApp } from './check-app.ts';
import { hasOwnRuntime } from './has-own-runtime.ts';
import { rootsNode } from './tls/roots-node.ts';

/** Path of init in an image, without a leading slash. */
export const initPath = 'usr/lib/kilopy/init';

/** What kilopy itself adds to the packages and the application of one target: launcher, init, root certificates. */
export async function ownNodes(
  ctx: Context,
  store: Store,
  spec: Spec,
  checked: Pick<CheckedApp, 'usesLauncher' | 'usesInit'>,
  {
    target,
    section,
    mtimeSeconds,
  }: { readonly target: Target; readonly section: Pick<LockSection, 'roots'>; readonly mtimeSeconds: number },
): Promise<readonly Node[]> {
  const file = (path: string, pass: string, mode: number, content: BlobRef): Node => {
    return { type: 'file', path, mode, uid: 0, gid: 0, mtimeSeconds, content, origin: { kind: 'pass', pass } };
  };
  const roots = await rootsNode(ctx, store, spec, section, mtimeSeconds);
  return [
    ...(checked.usesLauncher && !hasOwnRuntime(spec)
      ? [file(launcherPath, 'launcher', 0o644, await store.put(new TextEncoder().encode(launcherSource)))]
      : []),
    ...(checked.usesInit ? [file(initPath, 'init', 0o755, await ensureInit(ctx, store, target))] : []),
    ...(roots === undefined ? [] : [roots]),
  ];
}
