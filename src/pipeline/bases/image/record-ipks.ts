import { encodePath } from '../../../codec/path-text.ts';
import type { InstalledPackage } from '../../../passes/openwrt/installed-package.ts';
import { opkgInfoFiles, statusText } from '../../../passes/openwrt/opkg-database.ts';
import { runtimeTime } from '../../../passes/runtime-time.ts';
import { openwrtBase } from '../openwrt.ts';
import { resolvePath } from '../../../tree/paths.ts';
import { databaseFolder, databaseText, filesOf, type DatabaseFile, type Recording } from './database-files.ts';

/** opkg's status file with further packages behind those that are there, and their files in `info/`. */
export async function opkgRecords(recording: Recording): Promise<readonly DatabaseFile[]> {
  const { tree, spec, packages } = recording;
  if (packages.length === 0) return [];
  const status = await databaseText(recording, 'usr/lib/opkg/status');
  if (status === undefined) return [];
  const wished = new Set(spec.packages.map(({ text }) => openwrtBase.wishName(text)));
  const installed = packages.map(({ locked, payload }): InstalledPackage => {
    const isWished = wished.has(locked.name);
    const { name, version, architecture } = locked;
    const left = new Set(filesOf(tree, name).map(({ path }) => path));
    const entries = payload.entries.filter(({ path }) => left.has(resolvePath(tree, path, { followLast: false }).path));
    return { name, version, architecture, payload: { ...payload, entries }, isWished, isNeeded: !isWished };
  });
  const text = statusText(tree, installed, { installedSeconds: runtimeTime(tree) });
  const info = databaseFolder(tree, 'usr/lib/opkg/info');
  const details = info === undefined ? [] : installed.flatMap((one) => opkgInfoFiles(one, { withScripts: true }));
  return [
    { path: status.path, mode: 0o644, bytes: encodePath(`${status.text.trimEnd()}\n\n${text}`) },
    ...details.map((file) => ({ path: `${info ?? ''}/${file.name}`, mode: file.mode, bytes: Buffer.from(file.text) })),
  ];
}
