import { formatLocation } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { factsReader } from '../passes/program-facts.ts';
import type { Target } from '../spec/targets.ts';
import type { Tree } from '../tree/node.ts';
import type { BlobSource } from '../values/blob.ts';

/** The program that runs the application, as a path in a tree. */
const program = 'usr/bin/micropython';

/** `files:` may put another program into the place of MicroPython; one that cannot start is warned about while the reason is at hand. */
export async function warnOfProgram(ctx: Context, target: Target, tree: Tree, blobs: BlobSource): Promise<void> {
  const node = tree.get(program);
  if (node?.type !== 'file' || node.origin.kind !== 'overlay') return;
  const { kind } = await factsReader(blobs)(node);
  const fault =
    (node.mode & 0o111) === 0
      ? 'has no x bit in its mode'
      : kind === 'data' || kind === 'damaged'
        ? 'is neither a program nor a script that begins with #!'
        : undefined;
  if (fault === undefined) return;
  const text = `${formatLocation(node.origin.where)}: /${program} ${fault}, so the image of ${target.name} cannot run the application`;
  ctx.emit({ type: 'warning', text });
}
