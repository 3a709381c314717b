import type { Context } from '../io/context.ts';
import { leftOutPatches } from './left-out-patches.ts';
import { readRecipeFiles } from './recipe-files.ts';

/** The shell function `unpack` of device/debian/unpack.sh, and what it asks. Every script that uses a source begins with it. */
export async function unpackScript(ctx: Context): Promise<string> {
  const files = await readRecipeFiles(ctx, 'debian');
  const cases = leftOutPatches.map(
    ({ source, patch }) => `${source}/${patch} | ${source}/[0-9]*-${patch}) return 0 ;;`,
  );
  return ['left_out() {', '  case $1 in', ...cases, '  esac', '  return 1', '}', files.get('unpack.sh') ?? ''].join(
    '\n',
  );
}
