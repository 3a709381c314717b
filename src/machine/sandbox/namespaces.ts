import type { Context } from '../../io/context.ts';
import type { Availability } from '../machine.ts';

/** How this process may make namespaces: as root, or inside a user namespace of its own. */
export type NamespaceMode = 'root' | 'user';

export type NamespaceVerdict =
  | { readonly mode: NamespaceMode; readonly why: string }
  | { readonly mode?: never; readonly why: string; readonly fix: string };

/** Namespaces of a sandbox; the user namespace comes first when there is one. */
export const sandboxNamespaces: readonly string[] = ['--mount', '--pid', '--fork', '--uts', '--ipc'];

const neededTools: readonly string[] = ['unshare', 'setpriv', 'mount', 'sh', 'env', 'cp', 'mkdir'];

/** Tries what a sandbox needs, with `true` as the program. A few milliseconds. */
export async function probeNamespaces(ctx: Context): Promise<NamespaceVerdict> {
  for (const name of neededTools) {
    if ((await ctx.tools.find(name)) !== undefined) continue;
    return { why: `the program ${name} is not installed`, fix: 'sudo apt install util-linux coreutils dash' };
  }
  const direct = await ctx.tools.run('unshare', [...sandboxNamespaces, 'true']);
  if (direct.status === 0) return { mode: 'root', why: 'this kernel, namespaces made as root' };
  const user = await ctx.tools.run('unshare', ['--user', '--map-root-user', ...sandboxNamespaces, 'true']);
  if (user.status === 0) return { mode: 'user', why: 'this kernel, in a user namespace' };
  return await refusal(ctx, user.stderr.trim());
}

/** A verdict as an answer about a machine. */
export function asAvailability(verdict: NamespaceVerdict, prefix = ''): Availability {
  return verdict.mode === undefined
    ? { ok: false, why: verdict.why, fix: verdict.fix }
    : { ok: true, why: prefix + verdict.why };
}

interface Switch {
  readonly file: string;
  readonly refuses: (value: string) => boolean;
  readonly setting: string;
}

/** Kernel switches that refuse user namespaces: Debian's, Ubuntu's (AppArmor), and the limit of the kernel itself. */
const switches: readonly Switch[] = [
  {
    file: '/proc/sys/kernel/unprivileged_userns_clone',
    refuses: (value) => value === '0',
    setting: 'kernel.unprivileged_userns_clone=1',
  },
  {
    file: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    refuses: (value) => value === '1',
    setting: 'kernel.apparmor_restrict_unprivileged_userns=0',
  },
  {
    file: '/proc/sys/user/max_user_namespaces',
    refuses: (value) => value === '0',
    setting: 'user.max_user_namespaces=15000',
  },
];

async function refusal(ctx: Context, words: string): Promise<NamespaceVerdict> {
  for (const { file, refuses, setting } of switches) {
    if (!(await ctx.fs.exists(file)) || !refuses((await ctx.fs.readText(file)).trim())) continue;
    const name = setting.slice(0, setting.indexOf('='));
    return { why: `user namespaces are refused here by ${name}`, fix: `sudo sysctl ${setting}, or run kilopy as root` };
  }
  return {
    why: `namespaces are refused here (${words}); inside a container its seccomp profile or missing CAP_SYS_ADMIN does that`,
    fix: 'start the outer container with --privileged, or use --machine podman or docker outside of it',
  };
}
