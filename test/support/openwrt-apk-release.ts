import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSigningKey } from '../../src/crypto/signing-key.ts';
import { writeApkV3 } from '../../src/emit/apk/write-apk-v3.ts';
import { writeIndexV3 } from '../../src/emit/apk/write-index-v3.ts';
import { recipeOf, type TestApk } from './apk-repository.ts';

/** Feeds of a release from 25.12 on, in the layout of OpenWrt's servers, signed by one EC key. */
export interface ApkRelease {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly publicKey: string;
}

export interface ApkReleaseFeeds {
  readonly release: string;
  readonly board: string;
  readonly architecture: string;
  /** By feed: `core`, `base`, `packages`; the others are empty. */
  readonly feeds: Readonly<Record<string, readonly TestApk[]>>;
  /** Feeds that are there already, by name: folders with packages.adb and what it names. */
  readonly folders?: Readonly<Record<string, string>>;
}

export function makeApkRelease({ release, board, architecture, feeds, folders = {} }: ApkReleaseFeeds): ApkRelease {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = readSigningKey(privateKey.export({ type: 'pkcs8', format: 'pem' }), 'test.pem');
  const files = new Map<string, Uint8Array>();
  for (const name of ['core', 'base', 'luci', 'packages', 'routing', 'telephony']) {
    const place = name === 'core' ? `targets/${board}/packages` : `packages/${architecture}/${name}`;
    const folder = `/releases/${release}/${place}`;
    const own = folders[name];
    if (own !== undefined) {
      for (const file of readdirSync(own)) {
        if (/\.(?:apk|adb)$/u.test(file)) files.set(`${folder}/${file}`, readFileSync(join(own, file)));
      }
      continue;
    }
    const packages = (feeds[name] ?? []).map((one) => writeApkV3(recipeOf({ architecture, ...one }), [key]));
    files.set(`${folder}/packages.adb`, writeIndexV3(packages, architecture, name, [key]));
    for (const { recipe, bytes } of packages) files.set(`${folder}/${recipe.name}-${recipe.version}.apk`, bytes);
  }
  return { files, publicKey: String(publicKey.export({ type: 'spki', format: 'pem' })) };
}
