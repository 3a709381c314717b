import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { folders } from './folders.ts';
import { makeFolder } from '../io/make-folder.ts';
import { storeError } from './store-error.ts';
import { sweepTemporary } from './sweep.ts';

/** Creates what is missing of a store's folders, and removes what dead processes left. Throws KP6001. */
export async function prepareFolders(root: string): Promise<void> {
  try {
    for (const folder of Object.values(folders)) {
      makeFolder(join(root, folder));
      accessSync(join(root, folder), constants.R_OK | constants.W_OK | constants.X_OK);
    }
  } catch (error) {
    throw storeError(error, root);
  }
  await sweepTemporary(root);
}
