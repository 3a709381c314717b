import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Board, QemuVersion } from './board.ts';

/**
 * Version of the board's QEMU.
 *
 * @throws KilopyError KP9201 when it is not installed or does not start
 */
export async function qemuVersion(ctx: Context, board: Board): Promise<QemuVersion> {
  const fix = `sudo apt install ${board.debianPackage}`;
  if ((await ctx.tools.find(board.program)) === undefined) {
    throw new KilopyError('KP9201', `${board.program} is not installed`, {
      why: `the machine ${board.name} is imitated by it`,
      fix,
      data: { program: board.program, package: board.debianPackage },
    });
  }
  const { stdout, stderr } = await ctx.tools.run(board.program, ['--version']);
  const found = /version (\d+)\.(\d+)/.exec(Buffer.from(stdout).toString());
  if (found === null) throw new KilopyError('KP9201', `${board.program} does not start`, { why: stderr.trim(), fix });
  return { major: Number(found[1]), minor: Number(found[2]) };
}
