import { join } from 'node:path';
import { folders } from './folders.ts';
import { formatMark, ownMark } from '../io/process-mark.ts';

let counter = 0;

/** A fresh path in `tmp`, whose name says which process made it. */
export function temporaryPath(root: string): string {
  return join(root, folders.tmp, `${formatMark(ownMark())}-${String(counter++)}`);
}
