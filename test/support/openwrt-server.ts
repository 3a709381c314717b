import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeGzip } from '../../src/codec/gzip/encode-gzip.ts';
import { signUsign, type UsignSecretKey } from '../../src/crypto/usign.ts';
import type { WrittenIpk } from '../../src/emit/ipk/write-ipk.ts';
import { writePackages } from '../../src/emit/ipk/write-packages.ts';
import { makeUsignKey } from './opkg-repository.ts';

/** Files of a server of OpenWrt by path, below `/`: its own folder layout. */
export interface OpenwrtFiles {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly publicKey: string;
}

export interface OpenwrtRelease {
  readonly release: string;
  readonly board: string;
  readonly architecture: string;
  /** libc and kernel, which lie beside the index of the target and are in none. */
  readonly byHand: readonly NamedIpk[];
  /** By feed: `core`, `base`, `packages`; the others are empty. */
  readonly feeds: Readonly<Record<string, readonly WrittenIpk[]>>;
  /** Files in the target's folder by name: kernels and images of the release. */
  readonly targetFiles?: Readonly<Record<string, Uint8Array>>;
  /** Feeds as they are, by name: index and files. */
  readonly given?: Readonly<Record<string, { readonly index: Uint8Array; readonly files: readonly NamedIpk[] }>>;
}

export type NamedIpk = Pick<WrittenIpk, 'fileName' | 'bytes'>;

/** Everything that a server has of one release, signed by one key. */
export async function makeOpenwrtRelease(made: OpenwrtRelease): Promise<OpenwrtFiles> {
  const { secret, publicKey } = makeUsignKey();
  const files = new Map<string, Uint8Array>();
  const top = made.release === 'snapshots' ? '/snapshots' : `/releases/${made.release}`;
  const target = `${top}/targets/${made.board}`;
  for (const name of ['core', 'base', 'luci', 'packages', 'routing', 'telephony']) {
    const folder = name === 'core' ? `${target}/packages` : `${top}/packages/${made.architecture}/${name}`;
    const given = made.given?.[name];
    const packages = made.feeds[name] ?? [];
    const index = given?.index ?? Buffer.from(writePackages(packages));
    await addFeed(files, folder, index, given?.files ?? packages, secret);
  }
  for (const [name, bytes] of Object.entries(made.targetFiles ?? {})) files.set(`${target}/${name}`, bytes);
  for (const { fileName, bytes } of made.byHand) files.set(`${target}/packages/${fileName}`, bytes);
  const sums = [...files]
    .filter(([path]) => path.startsWith(`${target}/`))
    .map(([path, bytes]) => `${createHash('sha256').update(bytes).digest('hex')} *${path.slice(target.length + 1)}\n`)
    .toSorted()
    .join('');
  files.set(`${target}/sha256sums`, Buffer.from(sums));
  files.set(`${target}/sha256sums.sig`, Buffer.from(signUsign(Buffer.from(sums), secret)));
  return { files, publicKey };
}

async function addFeed(
  files: Map<string, Uint8Array>,
  folder: string,
  index: Uint8Array,
  packages: readonly NamedIpk[],
  secret: UsignSecretKey,
): Promise<void> {
  files.set(`${folder}/Packages`, index);
  files.set(`${folder}/Packages.gz`, await encodeGzip(index));
  files.set(`${folder}/Packages.sig`, Buffer.from(signUsign(index, secret)));
  for (const { fileName, bytes } of packages) files.set(`${folder}/${fileName}`, bytes);
}

export interface OpenwrtServer {
  readonly url: string;
  readonly asked: readonly string[];
  close(): void;
}

/** Serves files on this machine until it is closed. */
export async function serveOpenwrt(files: ReadonlyMap<string, Uint8Array>): Promise<OpenwrtServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    asked.push(path);
    const body = files.get(path);
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    asked,
    close: () => void server.close(),
  };
}
