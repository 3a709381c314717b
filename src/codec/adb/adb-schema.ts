import { schemas } from './adb-format.ts';

/** What a field holds, as `apk adbdump` understands it. */
export type AdbKind =
  | { readonly kind: 'text' | 'script' | 'hex' | 'xattr' | 'int' | 'octal' | 'dependency' }
  | { readonly kind: 'array'; readonly item: AdbKind }
  | { readonly kind: 'object'; readonly fields: readonly AdbField[] };

/** Field number N of an object stands at N - 1. */
export interface AdbField {
  readonly name: string;
  readonly type: AdbKind;
}

/** Field numbers; src/apk_adb.h of apk-tools 3.0.6. */
export const adbFields = {
  dependency: { name: 1, version: 2, match: 3 },
  info: {
    name: 1,
    version: 2,
    hashes: 3,
    description: 4,
    arch: 5,
    license: 6,
    origin: 7,
    maintainer: 8,
    url: 9,
    repoCommit: 10,
    buildTime: 11,
    installedSize: 12,
    fileSize: 13,
    providerPriority: 14,
    depends: 15,
    provides: 16,
    replaces: 17,
    installIf: 18,
    recommends: 19,
    layer: 20,
    tags: 21,
  },
  acl: { mode: 1, user: 2, group: 3, xattrs: 4 },
  file: { name: 1, acl: 2, size: 3, mtime: 4, hashes: 5, target: 6 },
  folder: { name: 1, acl: 2, files: 3 },
  scripts: {
    trigger: 1,
    'pre-install': 2,
    'post-install': 3,
    'pre-deinstall': 4,
    'post-deinstall': 5,
    'pre-upgrade': 6,
    'post-upgrade': 7,
  },
  package: { info: 1, paths: 2, scripts: 3, triggers: 4, replacesPriority: 5 },
  index: { description: 1, packages: 2, pkgnameSpec: 3 },
} as const;

const text: AdbKind = { kind: 'text' };
const int: AdbKind = { kind: 'int' };
const hex: AdbKind = { kind: 'hex' };
const dependencies: AdbKind = arrayOf({ kind: 'dependency' });

const info = objectOf([
  ['name', text],
  ['version', text],
  ['hashes', hex],
  ['description', text],
  ['arch', text],
  ['license', text],
  ['origin', text],
  ['maintainer', text],
  ['url', text],
  ['repo-commit', hex],
  ['build-time', int],
  ['installed-size', int],
  ['file-size', int],
  ['provider-priority', int],
  ['depends', dependencies],
  ['provides', dependencies],
  ['replaces', dependencies],
  ['install-if', dependencies],
  ['recommends', dependencies],
  ['layer', int],
  ['tags', arrayOf(text)],
]);

const acl = objectOf([
  ['mode', { kind: 'octal' }],
  ['user', text],
  ['group', text],
  ['xattrs', arrayOf({ kind: 'xattr' })],
]);

const entry = objectOf([
  ['name', text],
  ['acl', acl],
  ['size', int],
  ['mtime', int],
  ['hash', hex],
  ['target', hex],
]);

const folder = objectOf([
  ['name', text],
  ['acl', acl],
  ['files', arrayOf(entry)],
]);

const scripts = objectOf(Object.keys(adbFields.scripts).map((name) => [name, { kind: 'script' }]));

const packageRoot = objectOf([
  ['info', info],
  ['paths', arrayOf(folder)],
  ['scripts', scripts],
  ['triggers', arrayOf(text)],
  ['replaces-priority', int],
]);

const indexRoot = objectOf([
  ['description', text],
  ['packages', arrayOf(info)],
  ['pkgname-spec', text],
]);

/** The root object of each schema that is read here. */
export const adbRoots: ReadonlyMap<number, AdbKind> = new Map([
  [schemas.package, packageRoot],
  [schemas.index, indexRoot],
]);

function arrayOf(item: AdbKind): AdbKind {
  return { kind: 'array', item };
}

function objectOf(fields: readonly (readonly [string, AdbKind])[]): AdbKind {
  return { kind: 'object', fields: fields.map(([name, type]) => ({ name, type })) };
}
