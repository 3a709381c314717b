import type { Context } from '../io/context.ts';

/** Ends the guard without its doing anything. */
export type StandDown = () => Promise<void>;

/**
 * Runs a shell command when kilopy dies without cleaning up (`kill -9`): a shell that waits on a pipe from kilopy; `$1`, `$2` ... of
 * the command are `args`.
 */
export function startGuard(ctx: Context, command: string, args: readonly string[]): StandDown {
  const script = `read -r done || { ${command}; }`;
  const guard = ctx.tools.start('sh', ['-c', script, 'kilopy-guard', ...args], { stdin: 'pipe', detached: true });
  guard.stdin?.on('error', () => undefined);
  return async () => {
    guard.stdin?.end('done\n');
    await guard.exited;
  };
}
