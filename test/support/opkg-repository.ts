import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { dirname } from 'node:path/posix';
import { encodeGzip } from '../../src/codec/gzip/encode-gzip.ts';
import { formatUsignKey, signUsign, type UsignSecretKey } from '../../src/crypto/usign.ts';
import type { RecipeNode } from '../../src/emit/apk/apk-recipe.ts';
import { writeIpk, type WrittenIpk } from '../../src/emit/ipk/write-ipk.ts';
import { writePackages } from '../../src/emit/ipk/write-packages.ts';
import type { FaultServer } from './fault-server.ts';

/** A package of a test; files by path. */
export interface TestIpk {
  readonly name: string;
  readonly version: string;
  readonly architecture?: string;
  /** More fields, such as `Depends`. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly content?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly conffiles?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
}

export interface MadeOpkgRepository {
  readonly packages: readonly WrittenIpk[];
  /** Content by file name: packages, Packages, Packages.gz and Packages.sig. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Texts of the key that signed, and of one that did not. */
  readonly publicKey: string;
  readonly otherKey: string;
}

export async function makeIpk(test: TestIpk): Promise<WrittenIpk> {
  const nodes = new Map<string, RecipeNode>();
  const parents = (path: string): void => {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
      nodes.set(folder, { type: 'directory', path: folder, mode: 0o755 });
    }
  };
  for (const [path, text] of Object.entries(test.content ?? {})) {
    parents(path);
    nodes.set(path, { type: 'file', path, mode: 0o755, content: Buffer.from(text) });
  }
  for (const [path, target] of Object.entries(test.links ?? {})) {
    parents(path);
    nodes.set(path, { type: 'symlink', path, mode: 0o777, target });
  }
  return await writeIpk({
    fields: [
      ['Package', test.name],
      ['Version', test.version],
      ...Object.entries(test.fields ?? {}),
      ['Architecture', test.architecture ?? 'mips_24kc'],
    ],
    description: `the package ${test.name}`,
    conffiles: test.conffiles ?? [],
    scripts: new Map(Object.entries(test.scripts ?? {})),
    nodes: [...nodes.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    mtimeSeconds: 1_700_000_000,
  });
}

/** A signed repository of .ipk files. */
export async function makeOpkgRepository(tests: readonly TestIpk[]): Promise<MadeOpkgRepository> {
  const packages = await Promise.all(tests.map(makeIpk));
  const index = Buffer.from(writePackages(packages));
  const key = makeUsignKey();
  const files = new Map<string, Uint8Array>([
    ...packages.map(({ fileName, bytes }) => [fileName, bytes] as const),
    ['Packages', index],
    ['Packages.gz', await encodeGzip(index)],
    ['Packages.sig', Buffer.from(signUsign(index, key.secret))],
  ]);
  return { packages, files, publicKey: key.publicKey, otherKey: makeUsignKey().publicKey };
}

export function serveOpkgRepository(server: FaultServer, { files }: MadeOpkgRepository, prefix: string): string {
  for (const [name, body] of files) server.routes.set(`${prefix}/${name}`, { kind: 'ok', body });
  return `${server.url}${prefix}`;
}

export function makeUsignKey(): { readonly secret: UsignSecretKey; readonly publicKey: string } {
  const secret = { id: randomBytes(8).toString('hex'), key: generateKeyPairSync('ed25519').privateKey };
  return { secret, publicKey: formatUsignKey(secret, 'a test') };
}
