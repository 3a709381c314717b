import { posix } from 'node:path';
import type { Context } from '../../io/context.ts';
import type { Bind, RunnableConfig } from '../machine.ts';
import type { NamespaceMode } from './namespaces.ts';

/** Everything that the launch script is made from. Paths on the host are absolute. */
export interface LaunchPlan {
  readonly mode: NamespaceMode;
  /** Private folder of this run: `root` (mount point), `setup.log`, `started`. */
  readonly scratch: string;
  readonly hostname: string;
  readonly entries: readonly RootEntry[];
  /** Bound read-only; a source that is a folder has `folder`. */
  readonly binds: readonly (Bind & { readonly folder: boolean })[];
  /** Folders that get a tmpfs. */
  readonly writable: readonly string[];
  /** The image's etc on the host, when it has one. */
  readonly etc?: string | undefined;
  readonly resolvConf: boolean;
  /** Program and arguments as paths inside the image. */
  readonly command: readonly string[];
  /** Not process 1 but its child: for programs that must be able to kill themselves with a signal (QEMU). */
  readonly underShell: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly user: RunnableConfig['user'];
  readonly network?: OwnNetwork | undefined;
  readonly programs: { readonly unshare: string; readonly setpriv: string };
}

export interface OwnNetwork {
  /** Switches the loopback interface on; absent where nothing here can and nothing needs it. */
  readonly loopbackUp?: readonly string[] | undefined;
  /** Runs inside the network namespace beside the app, if anything is to be forwarded. */
  readonly relay?: readonly string[] | undefined;
}

/** One entry at the top of the image, bound into the new root. */
export type RootEntry =
  | { readonly kind: 'folder' | 'file'; readonly name: string; readonly source: string }
  | { readonly kind: 'link'; readonly name: string; readonly target: string };

/** Top-level names that the sandbox makes itself. */
const ownNames: ReadonlySet<string> = new Set(['proc', 'dev', 'tmp', 'etc', '.kilopy']);

/** Where tools of kilopy itself appear inside. */
export const hiddenFolder = '/.kilopy';

/** Lists the top of an unpacked image, without what the sandbox makes itself. Devices, sockets and FIFOs are left out. */
export async function rootEntries(ctx: Context, rootfs: string): Promise<readonly RootEntry[]> {
  const entries: RootEntry[] = [];
  for (const entry of await ctx.fs.readDirectory(rootfs)) {
    const { name } = entry;
    const source = posix.join(rootfs, name);
    if (ownNames.has(name)) continue;
    if (entry.isSymbolicLink()) entries.push({ kind: 'link', name, target: await ctx.fs.readLink(source) });
    else if (entry.isDirectory()) entries.push({ kind: 'folder', name, source });
    else if (entry.isFile()) entries.push({ kind: 'file', name, source });
  }
  return entries;
}
