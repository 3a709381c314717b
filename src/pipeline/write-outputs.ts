import { join } from 'node:path';
import type { Artifact } from '../emit/artifact.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { Assembled } from './assemble.ts';
import type { BuildRequest } from './build-request.ts';

/** Licence texts of everything in the image, beside the outputs. */
export const licencesFileName = 'licences.txt';

/**
 * Writes all outputs, each whole or not at all. The output folder is made first, so that a refusal comes before work.
 *
 * @returns absolute paths of what was written
 */
export async function writeOutputs(
  ctx: Context,
  assembled: Assembled,
  artifacts: readonly Artifact[],
  { outDir }: BuildRequest,
): Promise<readonly string[]> {
  ctx.emit({ type: 'step.started', step: 'write', title: 'writing outputs' });
  try {
    await ctx.fs.makeDirectory(outDir);
    const written: string[] = [];
    for (const artifact of artifacts) {
      ctx.signal.throwIfAborted();
      const path = join(outDir, artifact.fileName);
      await artifact.write(ctx, path);
      ctx.emit({ type: 'artifact.written', path, sizeBytes: artifact.sizeBytes });
      written.push(path);
    }
    const licences = join(outDir, licencesFileName);
    await ctx.fs.writeAtomic(licences, licencesText(assembled));
    ctx.emit({ type: 'step.finished', step: 'write' });
    return [...written, licences];
  } catch (error) {
    throw refusal(error, outDir);
  }
}

/** Each text once: the packages of several targets have the same. */
function licencesText({ trees }: Assembled): string {
  return [...new Set(trees.map(({ reports }) => reports.licences.text))].join('\n');
}

const refusals: ReadonlySet<string> = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'ENOTDIR',
  'ENOENT',
  'EEXIST',
]);

function refusal(error: unknown, outDir: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof KilopyError || code === undefined || !refusals.has(code)) return error;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new KilopyError('KP1005', `the outputs cannot be written into ${outDir}`, {
    why: message,
    fix: full
      ? 'make room on the disk, or choose another folder with --out-dir'
      : 'choose another folder with --out-dir',
    cause: error,
  });
}
