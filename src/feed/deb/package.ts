import { readAr, type ArMember } from '../../codec/ar.ts';
import { parseDeb822 } from '../../codec/deb822.ts';
import type { Compression } from '../../codec/compression.ts';
import { readTarStream, type TarStreamEntry } from '../../codec/tar/read-tar-stream.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { decompress } from '../../store/decompress.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';
import type { PackagePayload } from '../feed.ts';
import { formatPayload, parsePayload } from './payload-text.ts';
import { safePath } from './safe-path.ts';
import { unpackTar } from './unpack-tar.ts';

/** Part of the key under which the unpacked form is remembered; new with every change of what is read or kept. */
const payloadKind = 'deb-payload-2';

/**
 * Unpacks a Debian binary package (deb(5)) that is in the store: its files become blobs of the store, its control data
 * is read. The result is remembered under the digest of the package, so that it is unpacked once.
 *
 * @param label the package, for messages
 * @throws KilopyError KP5060 for what is no such package, KP5061 for an unsafe path, KP4xxx for damaged archives
 */
export async function unpackDeb(ctx: Context, store: Store, deb: BlobRef, label: string): Promise<PackagePayload> {
  const remembered = await recallPayload(store, deb);
  if (remembered !== undefined) return remembered;
  return await store.withLock(`${payloadKind} ${deb.digest}`, async () => {
    const meanwhile = await recallPayload(store, deb);
    if (meanwhile !== undefined) return meanwhile;
    const members = debMembers(await store.read(deb), label);
    const payload: PackagePayload = {
      ...(await readControl(ctx, members.control, label)),
      entries: await unpackTar(store, tarEntries(ctx, members.data, label), { idPrefix: deb.digest, label }),
    };
    await store.remember(payloadKind, deb.digest, formatPayload(payload));
    return payload;
  });
}

/** Throws KP5062 when the package says that it is another than the one asked for. */
export function checkIdentity(payload: PackagePayload, wanted: Identity, label: string): void {
  const { control } = payload;
  const found = {
    name: control.get('package') ?? '',
    version: control.get('version') ?? '',
    architecture: control.get('architecture') ?? '',
  };
  if (found.name === wanted.name && found.version === wanted.version && found.architecture === wanted.architecture) {
    return;
  }
  throw new KilopyError('KP5062', `The package of ${label} says that it is ${found.name} ${found.version}`, {
    where: label,
    why: `The index promised ${wanted.name} ${wanted.version} for ${wanted.architecture}, the package is for ${found.architecture}.`,
    data: { wanted, found },
  });
}

interface Identity {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/** What is remembered counts only while all contents are there: the store may have been cleaned, or damage removed. */
async function recallPayload(store: Store, deb: BlobRef): Promise<PackagePayload | undefined> {
  const text = await store.recall(payloadKind, deb.digest);
  if (text === undefined) return undefined;
  const payload = parsePayload(text);
  for (const entry of payload.entries) {
    if (entry.type === 'file' && !(await store.has(entry.content.digest))) return undefined;
  }
  return payload;
}

/** Some files of a package, by path, without keeping the others: a kernel has some thousand. */
export async function readDebFiles(
  ctx: Context,
  store: Store,
  deb: BlobRef,
  label: string,
  isWanted: (path: string) => boolean,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { data } = debMembers(await store.read(deb), label);
  const files = new Map<string, Uint8Array>();
  for await (const { header, body } of tarEntries(ctx, data, label)) {
    const name = safePath(header.path, label);
    if (header.type !== 'file' || !isWanted(name)) continue;
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    files.set(name, Buffer.concat(pieces));
  }
  return files;
}

interface DebMembers {
  readonly control: CompressedTar;
  readonly data: CompressedTar;
}

interface CompressedTar {
  readonly name: string;
  readonly compression: Compression;
  readonly body: Uint8Array;
}

const compressions: Readonly<Record<string, Compression>> = {
  '': 'none',
  '.gz': 'gzip',
  '.xz': 'xz',
  '.zst': 'zstd',
  '.bz2': 'bzip2',
  '.lzma': 'lzma',
};

/** debian-binary, control.tar and data.tar in this order; members that start with `_` may stand between them (deb(5)). */
function debMembers(bytes: Uint8Array, label: string): DebMembers {
  const members = [...readAr(bytes)].filter(({ name }) => !name.startsWith('_'));
  const [binary, control, data] = members;
  const format = binary?.name === 'debian-binary' ? Buffer.from(binary.body).toString('latin1') : undefined;
  if (format === undefined || !/^2\.\d+\n/u.test(format)) {
    throw unreadable(label, `It starts with ${JSON.stringify(format ?? binary?.name ?? '')}, not with format 2.`);
  }
  return { control: compressedTar(control, 'control.tar', label), data: compressedTar(data, 'data.tar', label) };
}

function compressedTar(member: ArMember | undefined, stem: string, label: string): CompressedTar {
  const compression = member?.name.startsWith(stem) === true ? compressions[member.name.slice(stem.length)] : undefined;
  if (member === undefined || compression === undefined) {
    throw unreadable(label, `Where ${stem} should be, there is ${member?.name ?? 'nothing'}.`);
  }
  return { name: member.name, compression, body: member.body };
}

function tarEntries(
  ctx: Context,
  { name, compression, body }: CompressedTar,
  label: string,
): AsyncIterable<TarStreamEntry> {
  const content = decompress(ctx, compression, once(body), ctx.limits.packageBytes);
  return readTarStream(content, { source: `${label}: ${name}`, limits: ctx.limits });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const scriptNames: ReadonlySet<string> = new Set(['preinst', 'postinst', 'prerm', 'postrm', 'config', 'triggers']);

async function readControl(ctx: Context, tar: CompressedTar, label: string): Promise<Omit<PackagePayload, 'entries'>> {
  const texts = new Map<string, string>();
  for await (const { header, body } of tarEntries(ctx, tar, label)) {
    if (header.type !== 'file') continue;
    const name = safePath(header.path, label);
    if (name !== 'control' && name !== 'conffiles' && !scriptNames.has(name)) continue;
    texts.set(name, await readText(body));
  }
  const [control] = parseDeb822(texts.get('control') ?? '', `${label}: control`);
  if (control === undefined) throw unreadable(label, 'It has no control file.');
  const conffiles = (texts.get('conffiles') ?? '')
    .split('\n')
    // `remove-on-upgrade /path` names a file that is no longer in the package (deb-conffiles(5)).
    .filter((line) => line.startsWith('/'))
    .map((line) => safePath(line.trimEnd().slice(1), label));
  return {
    control: new Map(control),
    conffiles,
    scripts: new Map([...texts].filter(([name]) => scriptNames.has(name)).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part.slice());
  return Buffer.concat(parts).toString('utf8');
}

function unreadable(label: string, why: string): KilopyError {
  return new KilopyError('KP5060', `${label} is not a Debian package that can be read`, { where: label, why });
}
