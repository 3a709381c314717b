import type { Tree } from '../tree/node.ts';

/** What every pass gives: the new tree, and what it did, as facts for people and programs. */
export interface PassResult<Report> {
  readonly tree: Tree;
  readonly report: Report;
}
