import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { hostTarget } from '../spec/host-target.ts';

/**
 * Makes sure that this computer can compile before anything is downloaded: a processor that Debian's compilers run on, and the right to
 * make namespaces. Its C library is no matter, because the compilers bring their own.
 *
 * @returns Debian's name of this computer's processor
 * @throws KilopyError KP9104, KP9211
 */
export async function requireCompiler(ctx: Context): Promise<string> {
  const name = hostTarget(ctx.host)?.name;
  const architecture = name === 'linux/amd64' ? 'amd64' : name === 'linux/arm64' ? 'arm64' : undefined;
  if (architecture === undefined) {
    throw new KilopyError('KP9211', `there are no compilers for a ${ctx.host.arch} computer`, {
      why: "kilopy's compilers are Debian packages, which it runs on amd64 and arm64",
      fix: 'take --base debian, or a feed of runtimes that was exported on amd64 or arm64: docs/runtime.md',
    });
  }
  if ((await ctx.tools.find('unshare')) === undefined) throw unable('the program unshare is not installed');
  const rights = ctx.host.uid === 0 ? [] : ['--user', '--map-root-user'];
  const args = [...rights, '--mount', '--pid', '--net', '--fork', 'true'];
  const { status, stderr } = await ctx.tools.run('unshare', args, { timeoutMs: 30_000 });
  if (status !== 0) throw unable(stderr.trim() === '' ? `unshare ended with ${String(status)}` : stderr.trim());
  return architecture;
}

function unable(why: string): KilopyError {
  return new KilopyError('KP9104', 'this computer does not let kilopy compile', { why });
}
