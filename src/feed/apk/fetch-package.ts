import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { redactUrl } from '../../io/redact-url.ts';
import { statusError, withRetries, type Attempt } from '../../io/retry.ts';
import type { Store } from '../../store/store.ts';
import { refused } from '../../store/transfer-error.ts';
import type { BlobRef } from '../../values/blob.ts';
import { formatPayload, parsePayload } from '../deb/payload-text.ts';
import type { PackagePayload } from '../feed.ts';
import type { ApkIndexPackage } from './parse-index.ts';
import { openApkV2, unpackApkV2 } from './v2/package.ts';

/** Parts of the keys under which the store remembers; new with every change of what is read or kept. */
const fileKind = 'apk-file-1';
const payloadKind = 'apk-payload-1';

/** The parts of an index entry that say where a package is and what binds it. */
export type ApkPackagePlace = Pick<ApkIndexPackage, 'name' | 'version' | 'folder' | 'path' | 'checksum' | 'sizeBytes'>;

/**
 * Brings a package into the store, or finds it there. An index of apk does not know the digest of the file, only that of
 * the part of it that binds the rest; the store remembers the digest under that.
 *
 * @throws KilopyError KP5072 when it is not what the index says, KP5071 for what is no package, KP60xx for the network
 */
export async function fetchApkPackage(ctx: Context, store: Store, place: ApkPackagePlace): Promise<BlobRef> {
  const key = `${place.checksum.algorithm}:${place.checksum.hex}`;
  const found = await recallFile(store, key);
  if (found !== undefined) return found;
  if (store.offline && !place.folder.startsWith('file:')) throw offlineError(place);
  return await store.withLock(`apk ${key}`, async () => {
    const meanwhile = await recallFile(store, key);
    if (meanwhile !== undefined) return meanwhile;
    const bytes = await receiveChecked(ctx, store, place);
    const [ref] = await store.putMany([bytes]);
    if (ref === undefined) throw new Error('the store has put nothing');
    await store.remember(fileKind, key, Buffer.from(JSON.stringify(ref)));
    return ref;
  });
}

/** The content of a fetched package, unpacked once. Throws KP5073 when it says that it is another one. */
export async function unpackApk(
  ctx: Context,
  store: Store,
  blob: BlobRef,
  place: Pick<ApkPackagePlace, 'name' | 'version'> & { readonly checksum?: ApkPackagePlace['checksum'] | undefined },
): Promise<PackagePayload> {
  const label = `${place.name} ${place.version}`;
  const remembered = await recallPayload(store, blob);
  const payload = remembered ?? (await unpack(ctx, store, await store.read(blob), place.checksum, blob.digest, label));
  if (remembered === undefined) await store.remember(payloadKind, blob.digest, formatPayload(payload));
  const found = { name: payload.control.get('pkgname'), version: payload.control.get('pkgver') };
  if (found.name === place.name && found.version === place.version) return payload;
  throw new KilopyError(
    'KP5073',
    `The package of ${label} says that it is ${found.name ?? ''} ${found.version ?? ''}`,
    {
      where: label,
      data: { wanted: { name: place.name, version: place.version }, found },
    },
  );
}

/** Without a checksum the caller has compared the whole file. */
async function unpack(
  ctx: Context,
  store: Store,
  bytes: Uint8Array,
  checksum: ApkPackagePlace['checksum'] | undefined,
  idPrefix: string,
  label: string,
): Promise<PackagePayload> {
  const { limits } = ctx;
  if (!isVersion3(bytes)) {
    const trust = checksum === undefined ? { untrustedBecause: 'compared as a whole' } : { checksum };
    return await unpackApkV2(store, bytes, { trust, limits }, idPrefix, label);
  }
  const { unpackApkV3 } = await import('./v3/package.ts');
  const trust =
    checksum === undefined ? { untrustedBecause: 'compared as a whole' } : { sha256: Buffer.from(checksum.hex, 'hex') };
  return await unpackApkV3(store, once(bytes), { trust, limits }, label);
}

/** What is not the package that the index means is asked for once more: its mirror may be in the middle of an update. */
async function receiveChecked(ctx: Context, store: Store, place: ApkPackagePlace): Promise<Uint8Array> {
  const url = packageUrl(place);
  const fetchOnce = async (headers: Readonly<Record<string, string>>): Promise<Uint8Array> => {
    const bytes = await receive(ctx, place, headers);
    try {
      await check(ctx, store, bytes, place);
      return bytes;
    } catch (error) {
      throw refused(error, bytes, { url, label: `${place.name} ${place.version}` });
    }
  };
  try {
    return await fetchOnce({});
  } catch (error) {
    if (!(error instanceof KilopyError) || error.exitCode !== 5 || url.startsWith('file:')) throw error;
    ctx.emit({ type: 'download.retried', url: redactUrl(url), attempt: 2, why: error.message });
    // Past what lies between: a cache would give the same once more.
    return await fetchOnce({ 'cache-control': 'no-cache' });
  }
}

/** Nothing unverified gets into the store: version 2 binds the file as a whole, version 3 each content. */
async function check(ctx: Context, store: Store, bytes: Uint8Array, place: ApkPackagePlace): Promise<void> {
  const label = `${place.name} ${place.version}`;
  if (isVersion3(bytes)) await unpack(ctx, store, bytes, place.checksum, label, label);
  else openApkV2(bytes, { checksum: place.checksum }, label);
}

/** Whether a package or an index is a database of version 3. */
export function isVersion3(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 3)).toString('latin1') === 'ADB';
}

/** Bytes that are all there, for readers of streams. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** URL of a package. */
export function packageUrl({ folder, path }: Pick<ApkPackagePlace, 'folder' | 'path'>): string {
  // A `+` in a file name is one; of what remains, `#` and `?` would end the path.
  return `${folder}/${path
    .split('/')
    .map((part) => encodeURIComponent(part).replaceAll('%2B', '+'))
    .join('/')}`;
}

async function receive(
  ctx: Context,
  place: ApkPackagePlace,
  headers: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const url = packageUrl(place);
  if (url.startsWith('file:')) return await ctx.fs.readFile(decodeURIComponent(new URL(url).pathname));
  const shown = redactUrl(url);
  const label = `${place.name} ${place.version}`;
  ctx.emit({ type: 'download.started', url: shown, label, sizeBytes: place.sizeBytes });
  const bytes = await withRetries(ctx, url, () => attempt(ctx, url, headers, sizeLimit(ctx, place), label));
  ctx.emit({ type: 'download.finished', url: shown, sizeBytes: bytes.length, fromCache: false });
  return bytes;
}

/** Signed again, a package may differ from the index by its signatures, which are small. */
const signatureSlackBytes = 2 ** 16;

function sizeLimit(ctx: Context, { sizeBytes }: ApkPackagePlace): number {
  const most = Math.min(ctx.limits.responseBytes, ctx.limits.packageBytes);
  return sizeBytes > 0 ? Math.min(most, sizeBytes + signatureSlackBytes) : most;
}

async function attempt(
  ctx: Context,
  url: string,
  headers: Readonly<Record<string, string>>,
  limitBytes: number,
  label: string,
): Promise<Attempt<Uint8Array>> {
  try {
    const response = await ctx.http.request(url, { headers, signal: ctx.signal, stallMs: ctx.limits.stallMs });
    if (response.status !== 200) {
      await response.discard();
      const { error, retryAfterMs } = statusError(ctx, url, response);
      return { failed: error, retryAfterMs };
    }
    const parts: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const part of response.body) {
      sizeBytes += part.length;
      if (sizeBytes > limitBytes) return { failed: tooLarge(url, limitBytes, label) };
      parts.push(part);
    }
    return { done: Buffer.concat(parts) };
  } catch (error) {
    if (!(error instanceof KilopyError)) throw error;
    return { failed: error };
  }
}

async function recallFile(store: Store, key: string): Promise<BlobRef | undefined> {
  const text = await store.recall(fileKind, key);
  if (text === undefined) return undefined;
  const ref = JSON.parse(Buffer.from(text).toString('utf8')) as BlobRef;
  return (await store.has(ref.digest)) ? ref : undefined;
}

/** What is remembered counts only while all contents are there: the store may have been cleaned. */
async function recallPayload(store: Store, blob: BlobRef): Promise<PackagePayload | undefined> {
  const text = await store.recall(payloadKind, blob.digest);
  if (text === undefined) return undefined;
  const payload = parsePayload(text);
  for (const entry of payload.entries) {
    if (entry.type === 'file' && !(await store.has(entry.content.digest))) return undefined;
  }
  return payload;
}

function tooLarge(url: string, limitBytes: number, label: string): KilopyError {
  const where = redactUrl(url);
  return new KilopyError('KP6017', `${label} is too large`, {
    where,
    why: `more than ${String(limitBytes)} bytes came`,
    data: { url: where, limitBytes },
  });
}

function offlineError(place: ApkPackagePlace): KilopyError {
  const label = `${place.name} ${place.version}`;
  const where = redactUrl(packageUrl(place));
  return new KilopyError('KP6016', `${label} would have to be downloaded, but kilopy is offline`, {
    where,
    why: `not in the store: ${label}`,
    data: { missing: [{ url: where, label }] },
  });
}
