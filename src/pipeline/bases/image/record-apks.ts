import { formatInstalled, parseInstalled, type InstalledPackage } from '../../../codec/apk-installed.ts';
import { comparePaths, encodePath } from '../../../codec/path-text.ts';
import type { Context } from '../../../io/context.ts';
import { fullRecord, scannerRecord } from '../../../passes/apk-record.ts';
import { installedApk } from '../record-apk.ts';
import { databaseText, filesOf, type DatabaseFile, type Recording } from './database-files.ts';

/**
 * apk's `installed` with further packages, in as many words as it has for those that are there, and the names that were
 * wished for in /etc/apk/world, without which apk would remove them again. Scripts are not kept.
 */
export async function apkRecords(ctx: Context, recording: Recording): Promise<readonly DatabaseFile[]> {
  const { tree, store, spec, packages } = recording;
  if (packages.length === 0) return [];
  const found =
    (await databaseText(recording, 'lib/apk/db/installed')) ??
    (await databaseText(recording, 'usr/lib/apk/db/installed'));
  if (found === undefined) return [];
  const present = parseInstalled(encodePath(found.text), found.path);
  const isFull = present.some(({ folders }) => folders.length > 0);
  const records: InstalledPackage[] = [];
  for (const pkg of packages) {
    const one = await installedApk(ctx, store, pkg);
    const owned = new Set(filesOf(tree, one.name).map(({ path }) => path));
    records.push(isFull ? await fullRecord(one, tree, store, owned) : scannerRecord(one));
  }
  const added = new Set(records.map(({ name }) => name));
  const all = [...present.filter(({ name }) => !added.has(name)), ...records];
  const files: DatabaseFile[] = [{ path: found.path, mode: 0o644, bytes: formatInstalled(all) }];
  const world = await databaseText(recording, 'etc/apk/world', true);
  if (world === undefined) return files;
  const lines = new Set([
    ...world.text.split('\n').filter((line) => line !== ''),
    ...spec.packages.map(({ text }) => text),
  ]);
  const text = [...lines].toSorted(comparePaths).map((line) => `${line}\n`);
  return [...files, { path: world.path, mode: 0o644, bytes: encodePath(text.join('')) }];
}
