import { createHash } from 'node:crypto';
import { schemas } from '../../codec/adb/adb-format.ts';
import { adbFields } from '../../codec/adb/adb-schema.ts';
import { writeAdb, type AdbDataInput } from '../../codec/adb/write-adb.ts';
import { writeDatabase, type AdbInput } from '../../codec/adb/write-database.ts';
import { comparePaths, encodePath } from '../../codec/path-text.ts';
import { signAdb } from '../../crypto/adb-signature.ts';
import type { SigningKey } from '../../crypto/signing-key.ts';
import { baseName, parentOf } from '../../tree/paths.ts';
import { infoFields } from './adb-fields.ts';
import type { ApkRecipe, RecipeNode, WrittenApk } from './apk-recipe.ts';

/** Length of a package's own id, which stands for a hash that could not contain itself. */
const uniqueIdBytes = 20;
/** The upper bits of st_mode in front of a target (inode(7)). */
const targetModes = { file: 0o100000, symlink: 0o120000 } as const;

type RecipeFile = Exclude<RecipeNode, { type: 'directory' }>;

/** A package of version 3: an ADB database with signatures, and a data block for each file that is not empty. */
export function writeApkV3(
  recipe: ApkRecipe,
  keys: readonly SigningKey[],
  compression: 'none' | 'deflate' = 'deflate',
): WrittenApk {
  const folders = foldersOf(recipe.nodes);
  const database = packageDatabase(recipe, folders);
  const content = {
    schema: schemas.package,
    database,
    signatures: keys.map((key) => signAdb(schemas.package, database, key)),
    data: folders.flatMap(({ files }, folderIndex) => dataOf(files, folderIndex + 1)),
  };
  return { recipe, bytes: writeAdb(content, compression), identity: createHash('sha256').update(database).digest() };
}

interface Folder {
  readonly path: string;
  readonly mode: number;
  readonly files: readonly RecipeFile[];
}

/** Every folder with its files, both sorted by name; the root only where it has files of its own. */
function foldersOf(nodes: readonly RecipeNode[]): readonly Folder[] {
  const files = nodes.filter((node): node is RecipeFile => node.type !== 'directory');
  const byFolder = new Map<string, RecipeFile[]>();
  for (const file of files) {
    const siblings = byFolder.get(parentOf(file.path));
    if (siblings === undefined) byFolder.set(parentOf(file.path), [file]);
    else siblings.push(file);
  }
  const folders = nodes.flatMap(({ type, path, mode }) => (type === 'directory' ? [{ path, mode }] : []));
  const root = byFolder.has('') ? [{ path: '', mode: 0o755 }] : [];
  return [...root, ...folders]
    .toSorted((a, b) => comparePaths(a.path, b.path))
    .map((folder) => ({
      ...folder,
      files: (byFolder.get(folder.path) ?? []).toSorted((a, b) => comparePaths(baseName(a.path), baseName(b.path))),
    }));
}

function packageDatabase(recipe: ApkRecipe, folders: readonly Folder[]): Uint8Array {
  const fields = adbFields.package;
  const { bytes, uniqueAt } = writeDatabase({
    fields: {
      [fields.info]: infoFields(recipe, { [adbFields.info.hashes]: { unique: new Uint8Array(uniqueIdBytes) } }),
      [fields.paths]: { array: folders.map((folder) => folderFields(folder, recipe.buildTime)) },
      [fields.scripts]: {
        fields: Object.fromEntries(
          Object.entries(adbFields.scripts).map(([name, field]) => [field, recipe.scripts.get(name)]),
        ),
      },
      [fields.triggers]: { array: recipe.triggers },
      [fields.replacesPriority]: recipe.replacesPriority,
    },
  });
  const id = createHash('sha256').update(bytes).digest().subarray(0, uniqueIdBytes);
  const whole = new Uint8Array(bytes);
  for (const at of uniqueAt) whole.set(id, at);
  return whole;
}

function folderFields({ path, mode, files }: Folder, mtimeSeconds: number): AdbInput {
  const fields = adbFields.folder;
  return {
    fields: {
      [fields.name]: encodePath(path),
      [fields.acl]: acl(mode),
      [fields.files]: { array: files.map((file) => fileFields(file, mtimeSeconds)) },
    },
  };
}

function fileFields(file: RecipeFile, mtimeSeconds: number): AdbInput {
  const fields = adbFields.file;
  const common = {
    [fields.name]: encodePath(baseName(file.path)),
    [fields.acl]: acl(file.mode),
    [fields.mtime]: mtimeSeconds,
  };
  if (file.type === 'symlink') {
    const size = encodePath(file.target).length;
    return { fields: { ...common, [fields.size]: size, [fields.target]: target(targetModes.symlink, file.target) } };
  }
  const { content, hardLinkOf } = file;
  return {
    fields: {
      ...common,
      [fields.size]: content.length,
      [fields.hashes]: createHash('sha256').update(content).digest(),
      [fields.target]: hardLinkOf === undefined ? undefined : target(targetModes.file, hardLinkOf),
    },
  };
}

function acl(mode: number): AdbInput {
  const fields = adbFields.acl;
  return { fields: { [fields.mode]: mode, [fields.user]: 'root', [fields.group]: 'root' } };
}

function target(mode: number, text: string): Uint8Array {
  return Buffer.concat([Buffer.of(mode & 0xff, mode >> 8), encodePath(text)]);
}

function dataOf(files: readonly RecipeFile[], pathIndex: number): readonly AdbDataInput[] {
  return files.flatMap((file, index) =>
    file.type === 'file' && file.hardLinkOf === undefined && file.content.length > 0
      ? [{ pathIndex, fileIndex: index + 1, content: file.content }]
      : [],
  );
}
