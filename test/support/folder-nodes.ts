import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { RecipeNode } from '../../src/emit/apk/apk-recipe.ts';

/** What stands below a folder, with the folders above each file, for a package. */
export function folderNodes(root: string, keep: (path: string) => boolean, folder: string = ''): RecipeNode[] {
  return readdirSync(join(root, folder))
    .sort()
    .flatMap((name): RecipeNode[] => {
      const path = folder === '' ? name : `${folder}/${name}`;
      const stat = lstatSync(join(root, path));
      if (stat.isDirectory()) {
        const inside = folderNodes(root, keep, path);
        return inside.length === 0 ? [] : [{ type: 'directory', path, mode: 0o755 }, ...inside];
      }
      if (!keep(path)) return [];
      if (stat.isSymbolicLink()) {
        return [{ type: 'symlink', path, mode: 0o777, target: readlinkSync(join(root, path)) }];
      }
      return [{ type: 'file', path, mode: stat.mode & 0o777, content: readFileSync(join(root, path)) }];
    });
}
