import { compileGlob } from '../../codec/glob.ts';
import type { Context } from '../../io/context.ts';
import type { Tree } from '../../tree/node.ts';

/** The tree without what `contents.exclude` names; a pattern for a folder means all that is in it. */
export function withoutExcluded(ctx: Context, tree: Tree, patterns: readonly string[]): Tree {
  if (patterns.length === 0) return tree;
  const tests = patterns.map((pattern) => ({ pattern, matches: compileGlob(pattern), count: 0 }));
  const kept = new Map(tree);
  for (const path of tree.keys()) {
    for (const test of tests) {
      if (path === '' || !test.matches(path)) continue;
      test.count += 1;
      kept.delete(path);
    }
  }
  for (const { pattern, count } of tests) {
    if (count === 0) ctx.emit({ type: 'warning', text: `contents.exclude: nothing in the image matches ${pattern}` });
  }
  return kept;
}
