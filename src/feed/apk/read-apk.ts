import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { isVersion3, once } from './fetch-package.ts';
import type { ApkIndexPackage } from './parse-index.ts';
import { indexPackage, parseRelation } from './v3/index-packages.ts';
import { openApkV3 } from './v3/package.ts';

/**
 * A package of version 3 that is given as a file, as an index would have it. Who names a file trusts it.
 *
 * @param architecture packages of another one are kept and never installed
 * @throws KilopyError KP5071 for another form of package, KP5252 for what is none
 */
export async function readApk(
  ctx: Context,
  path: string,
  feed: string,
  architecture: string,
): Promise<ApkIndexPackage> {
  const bytes = await ctx.fs.readFile(path);
  if (!isVersion3(bytes)) {
    throw new KilopyError('KP5071', `${path} is no package of apk version 3`, { where: path });
  }
  const trust = { untrustedBecause: 'named as a file' };
  const { file, info } = await openApkV3(once(bytes), { trust, limits: ctx.limits }, path);
  await file.close();
  const hash = createHash('sha256').update(file.database).digest();
  const folder = pathToFileURL(dirname(path)).href;
  const origin = { feed, folder, where: path, architecture, maxPackages: 1 };
  const described = { ...info, hash, fileSizeBytes: bytes.length };
  const found = indexPackage(described, '', origin, (text) => parseRelation(text, origin));
  return { ...found, path: basename(path) };
}
