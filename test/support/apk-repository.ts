import { generateKeyPairSync } from 'node:crypto';
import { dirname } from 'node:path/posix';
import { readSigningKey, type SigningKey } from '../../src/crypto/signing-key.ts';
import { plainRecipe, type ApkRecipe, type RecipeNode, type WrittenApk } from '../../src/emit/apk/apk-recipe.ts';
import { writeApkV2 } from '../../src/emit/apk/write-apk-v2.ts';
import { writeIndexV2 } from '../../src/emit/apk/write-index-v2.ts';
import type { FaultServer } from './fault-server.ts';

/** A package of a test; files by path. */
export interface TestApk extends Partial<Omit<ApkRecipe, 'nodes'>> {
  readonly name: string;
  readonly version: string;
  readonly content?: Readonly<Record<string, string>>;
}

export interface ServedApkRepository {
  /** What stands in /etc/apk/repositories; packages are for x86_64. */
  readonly url: string;
  /** PEM of the key that signed, and of one that did not. */
  readonly publicKey: string;
  readonly otherKey: string;
  readonly packages: readonly WrittenApk[];
}

/** A repository of version 2 on a server of this machine. */
export async function serveApkRepository(
  server: FaultServer,
  packages: readonly TestApk[],
  prefix: string = '/alpine/main',
): Promise<ServedApkRepository> {
  const { written, index, publicKey, otherKey } = await makeOnce(packages);
  const folder = `${prefix}/x86_64`;
  server.routes.set(`${folder}/APKINDEX.tar.gz`, { kind: 'ok', body: index });
  for (const { recipe, bytes } of written) {
    server.routes.set(`${folder}/${recipe.name}-${recipe.version}.apk`, { kind: 'ok', body: bytes });
  }
  return { url: `${server.url}${prefix}`, publicKey, otherKey, packages: written };
}

interface MadeRepository {
  readonly written: readonly WrittenApk[];
  readonly index: Uint8Array;
  readonly publicKey: string;
  readonly otherKey: string;
}

const repositories = new Map<string, Promise<MadeRepository>>();

/** Keys and compression take a second: what several tests of a file serve is made once. */
async function makeOnce(packages: readonly TestApk[]): Promise<MadeRepository> {
  const id = JSON.stringify(packages);
  const made = repositories.get(id) ?? make(packages);
  repositories.set(id, made);
  return await made;
}

async function make(packages: readonly TestApk[]): Promise<MadeRepository> {
  const { key, publicKey } = makeKey();
  const written = await Promise.all(packages.map((one) => writeApkV2(recipeOf(one), [key], 'sha256')));
  const index = await writeIndexV2(written, 'x86_64', 'test', [key], 'sha256');
  return { written, index, publicKey, otherKey: makeKey().publicKey };
}

function makeKey(): { readonly key: SigningKey; readonly publicKey: string } {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { key: readSigningKey(pair.privateKey, 'test.rsa.pub'), publicKey: pair.publicKey };
}

/** The whole recipe of a package of a test. */
export function recipeOf({ content = {}, ...fields }: TestApk): ApkRecipe {
  return {
    ...plainRecipe,
    architecture: 'x86_64',
    description: fields.name,
    url: '',
    license: 'MIT',
    origin: fields.name,
    buildTime: 1_700_000_000,
    depends: [],
    provides: [],
    ...fields,
    nodes: nodesOf(content),
  };
}

function nodesOf(content: Readonly<Record<string, string>>): RecipeNode[] {
  const nodes = new Map<string, RecipeNode>();
  for (const [path, text] of Object.entries(content)) {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
      nodes.set(folder, { type: 'directory', path: folder, mode: 0o755 });
    }
    nodes.set(path, { type: 'file', path, mode: 0o755, content: Buffer.from(text) });
  }
  return [...nodes.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
