import { readAr } from '../../codec/ar.ts';
import { gunzipMembers } from '../../codec/gzip/gunzip-members.ts';
import { parseOpkgControl } from '../../codec/opkg-control.ts';
import { readTar } from '../../codec/tar/read-tar.ts';
import { readTarStream } from '../../codec/tar/read-tar-stream.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Limits } from '../../io/limits.ts';
import type { OpkgFile, OpkgFiles } from '../../solve/opkg/opkg-package.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';
import type { PackagePayload } from '../feed.ts';
import { formatPayload, parsePayload } from '../deb/payload-text.ts';
import { safePath } from '../deb/safe-path.ts';
import { unpackTar } from '../deb/unpack-tar.ts';

/** Part of the key under which the unpacked form is remembered; new with every change of what is read or kept. */
const payloadKind = 'ipk-payload-1';

type IpkLimits = Pick<Limits, 'packageBytes' | 'fileBytes' | 'entries'>;

/**
 * Unpacks an .ipk that is in the store: its files become blobs of the store, its control data is read. The result is
 * remembered under the digest of the package.
 *
 * @param label the package, for messages
 * @throws KilopyError KP5103 for what is no such package, KP5061 for an unsafe path, KP4xxx for damaged archives
 */
export async function unpackIpk(
  ctx: { readonly limits: IpkLimits },
  store: Store,
  ipk: BlobRef,
  label: string,
): Promise<PackagePayload> {
  const remembered = await recallPayload(store, ipk);
  if (remembered !== undefined) return remembered;
  const { control, data } = ipkMembers(await store.read(ipk), ctx.limits, label);
  const archive = readTarStream(once(data), { source: `${label}: data.tar`, limits: ctx.limits });
  const payload: PackagePayload = {
    ...readControl(control, label),
    entries: await unpackTar(store, archive, { idPrefix: ipk.digest, label }),
  };
  await store.remember(payloadKind, ipk.digest, formatPayload(payload));
  return payload;
}

/** What the control part of a package says, without its files. */
export function readIpkControl(bytes: Uint8Array, limits: IpkLimits, label: string): Omit<PackagePayload, 'entries'> {
  return readControl(ipkMembers(bytes, limits, label).control, label);
}

/** The paths of a package, for finding two that bring the same. */
export function readIpkFiles(bytes: Uint8Array, limits: IpkLimits, label: string): OpkgFiles {
  const { control, data } = ipkMembers(bytes, limits, label);
  const files = [...readTar(data, { source: `${label}: data.tar`, limits })].flatMap(({ header }): OpkgFile[] => {
    const path = safePath(header.path, label);
    if (path === '') return [];
    if (header.type === 'symlink') return [{ path, type: 'symlink', target: header.linkTarget }];
    if (header.type === 'file' || header.type === 'hardlink') return [{ path, type: 'file' }];
    return [{ path, type: header.type === 'directory' ? 'directory' : 'device' }];
  });
  return { files, conffiles: readControl(control, label).conffiles };
}

/** Throws KP5104 when the package says that it is another than the one asked for. */
export function checkIpkIdentity(
  payload: Pick<PackagePayload, 'control'>,
  wanted: { readonly name: string; readonly version: string; readonly architecture: string },
): void {
  const [name, version, architecture] = ['package', 'version', 'architecture'].map((field) =>
    payload.control.get(field),
  );
  if (name === wanted.name && version === wanted.version && architecture === wanted.architecture) return;
  const label = `${wanted.name} ${wanted.version}`;
  throw new KilopyError('KP5104', `The package of ${label} says that it is ${name ?? ''} ${version ?? ''}`, {
    where: label,
    why: `The index promised ${label} for ${wanted.architecture}, the package is for ${architecture ?? ''}.`,
    data: { wanted: { ...wanted }, found: { name, version, architecture } },
  });
}

async function recallPayload(store: Store, ipk: BlobRef): Promise<PackagePayload | undefined> {
  const text = await store.recall(payloadKind, ipk.digest);
  if (text === undefined) return undefined;
  const payload = parsePayload(text);
  for (const entry of payload.entries) {
    if (entry.type === 'file' && !(await store.has(entry.content.digest))) return undefined;
  }
  return payload;
}

interface IpkMembers {
  /** Uncompressed tar archives. */
  readonly control: Uint8Array;
  readonly data: Uint8Array;
}

/** OpenWrt packs the three members with tar and gzip, other distributions of opkg with ar, as a .deb. */
function ipkMembers(bytes: Uint8Array, limits: IpkLimits, label: string): IpkMembers {
  const members = new Map<string, Uint8Array>();
  const isAr = Buffer.from(bytes.subarray(0, 8)).toString('latin1') === '!<arch>\n';
  try {
    if (isAr) for (const { name, body } of readAr(bytes)) members.set(name, body);
    else {
      const tar = gunzip(bytes, limits);
      for (const { header, body } of readTar(tar, { source: label })) {
        if (header.type === 'file') members.set(header.path.replace(/^\.\//u, ''), body);
      }
    }
    const version = members.get('debian-binary');
    if (version === undefined || !/^2\.\d+\n?$/u.test(Buffer.from(version).toString('latin1'))) {
      throw unreadable(label, 'It has no member debian-binary with 2.0.');
    }
    const part = (name: string): Uint8Array => {
      const body = members.get(`${name}.tar.gz`);
      if (body !== undefined) return gunzip(body, limits);
      const plain = members.get(`${name}.tar`);
      if (plain !== undefined) return plain;
      throw unreadable(label, `It has no member ${name}.tar.gz.`);
    };
    return { control: part('control'), data: part('data') };
  } catch (error) {
    if (error instanceof KilopyError && error.code === 'KP5103') throw error;
    throw unreadable(label, error instanceof Error ? error.message : 'It is damaged.', error);
  }
}

function gunzip(bytes: Uint8Array, limits: IpkLimits): Uint8Array {
  const parts = [...gunzipMembers(bytes, { limitBytes: limits.packageBytes })].map(({ content }) => content);
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

/** Files of the control archive that are neither text for people nor sums. */
const scriptNames: ReadonlySet<string> = new Set([
  'preinst',
  'postinst',
  'prerm',
  'postrm',
  'postinst-pkg',
  'prerm-pkg',
]);

function readControl(tar: Uint8Array, label: string): Omit<PackagePayload, 'entries'> {
  const texts = new Map<string, string>();
  for (const { header, body } of readTar(tar, { source: `${label}: control.tar` })) {
    if (header.type === 'file') texts.set(safePath(header.path, label), Buffer.from(body).toString('utf8'));
  }
  const [control] = parseOpkgControl(texts.get('control') ?? '');
  if (control === undefined) throw unreadable(label, 'It has no control file.');
  const conffiles = (texts.get('conffiles') ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => safePath(line.replace(/^\/+/u, ''), label));
  const scripts = [...texts].filter(([name]) => scriptNames.has(name) || name === 'control' || name === 'conffiles');
  return { control: new Map(control), conffiles, scripts: new Map(scripts.sort(([a], [b]) => (a < b ? -1 : 1))) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function unreadable(label: string, why: string, cause?: unknown): KilopyError {
  return new KilopyError('KP5103', `${label} is not an .ipk package that can be read`, { where: label, why, cause });
}
