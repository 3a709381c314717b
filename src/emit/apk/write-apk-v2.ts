import { createHash } from 'node:crypto';
import { apkScriptNames } from '../../codec/packages/apk-script-names.ts';
import type { TarWriteEntry } from '../../codec/tar/write-tar.ts';
import type { SigningKey } from '../../crypto/signing-key.ts';
import type { ApkRecipe, RecipeNode, WrittenApk } from './apk-recipe.ts';
import { controlFile, gzipSegment, sha1 } from './gzip-segment.ts';
import { formatPkginfo } from './pkginfo.ts';
import { signSegment, type SegmentHash } from './sign-segment.ts';

/**
 * A package of version 2 (apk-package(5)): signatures, control data and files, each a gzip member. Every file and link
 * carries the SHA-1 that apk compares when it installs and audits.
 */
export async function writeApkV2(
  recipe: ApkRecipe,
  keys: readonly SigningKey[],
  hash: SegmentHash,
): Promise<WrittenApk> {
  const time = recipe.buildTime;
  const data = await gzipSegment(
    recipe.nodes.map((node) => dataEntry(node, time)),
    'last',
  );
  const dataHash = createHash('sha256').update(data).digest('hex');
  const scripts = apkScriptNames.flatMap((name) => {
    const script = recipe.scripts.get(name);
    return script === undefined ? [] : [controlFile(`.${name}`, script, 0o755, time)];
  });
  const pkginfo = controlFile('.PKGINFO', formatPkginfo(recipe, dataHash), 0o644, time);
  const control = await gzipSegment([pkginfo, ...scripts], 'inner');
  // Without keys there is no such segment: the index alone binds the package then.
  const signatures = keys.length === 0 ? new Uint8Array() : await signSegment(control, keys, hash, time);
  return { recipe, bytes: Buffer.concat([signatures, control, data]), identity: sha1(control) };
}

function dataEntry(node: RecipeNode, mtimeSeconds: number): TarWriteEntry {
  const common = { path: node.path, mode: node.mode, uid: 0, gid: 0, mtimeSeconds };
  if (node.type === 'directory') return { ...common, type: 'directory' };
  if (node.type === 'symlink') {
    return { ...common, type: 'symlink', linkTarget: node.target, pax: checksum(Buffer.from(node.target)) };
  }
  const pax = checksum(node.content);
  if (node.hardLinkOf !== undefined) return { ...common, type: 'hardlink', linkTarget: node.hardLinkOf, pax };
  return { ...common, type: 'file', sizeBytes: node.content.length, body: node.content, pax };
}

function checksum(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  return new Map([['APK-TOOLS.checksum.SHA1', Buffer.from(sha1(bytes).toString('hex'))]]);
}
