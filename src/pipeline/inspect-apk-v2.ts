import { resolve } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { withSource } from '../codec/archive-error.ts';
import { gunzipStream } from '../codec/gzip/gunzip-stream.ts';
import { readTarStream, type TarStreamEntry } from '../codec/tar/read-tar-stream.ts';
import type { FeedKey } from '../crypto/public-keys.ts';
import { verifyRsa, type RsaSignature } from '../crypto/rsa.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import { withChecksums } from '../feed/apk/v2/checksums.ts';
import { readIndexV2 } from '../feed/apk/v2/index.ts';
import { openApkV2 } from '../feed/apk/v2/package.ts';
import { readSignatures } from '../feed/apk/v2/segments.ts';
import type { Context } from '../io/context.ts';
import { linesOf, type InspectedApk } from './inspected-apk.ts';
import { readKeys } from './key-files.ts';

const waived = { untrustedBecause: 'it is only looked at' } as const;
const headBytes = 2 ** 13;

/** Whether a file is a package or index of apk version 2: its first file is called so. What cannot be read is not. */
export async function isApkV2(ctx: Context, path: string): Promise<boolean> {
  try {
    const parts: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const piece of ctx.fs.readStream(resolve(ctx.cwd, path))) {
      parts.push(piece);
      sizeBytes += piece.length;
      if (sizeBytes >= headBytes) break;
    }
    const start = Buffer.concat(parts).subarray(0, headBytes);
    const head = gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH }).toString('latin1', 0, 100);
    return /^(?:\.SIGN\.[A-Z0-9]+\.[^\0]+|\.PKGINFO|APKINDEX|DESCRIPTION)\0/u.test(head);
  } catch {
    // Whoever reads it next says why it cannot be read.
    return false;
  }
}

/**
 * Shows a package of apk version 2 with the names that `apk adbdump` has for the same facts of version 3, or the text of
 * an index. Nothing is trusted for it: signatures are only compared with `keyFiles`; checksums inside are compared.
 *
 * @throws KilopyError KP4xxx, KP5071, KP5072 for damage, KP5250 for a key file
 */
export async function inspectApkV2(
  ctx: Context,
  path: string,
  keyFiles: readonly string[] = [],
): Promise<InspectedApk> {
  const keys = await readKeys(ctx, keyFiles);
  try {
    const bytes = await ctx.fs.readFile(resolve(ctx.cwd, path));
    const { signatures, end } = readSignatures(bytes, path);
    if (isIndex(bytes.subarray(end))) {
      const { description, text } = readIndexV2(bytes, waived, ctx.limits, path);
      const signers = signatures.map((one) => signedBy(bytes.subarray(end), one, keys));
      return { lines: indexLines(description, text, signatures, signers), signatures: facts(signatures, signers) };
    }
    const apk = openApkV2(bytes, waived, path);
    const { start, end: controlEnd } = apk.segments.control;
    const signers = signatures.map((one) => signedBy(bytes.subarray(start, controlEnd), one, keys));
    const content = gunzipStream(once(apk.data), { limitBytes: ctx.limits.packageBytes });
    const entries = apk.data.length === 0 ? none() : withChecksums(readTarStream(content, { source: path }), path);
    const lines = packageLines(apk.control, apk.scripts, entries, signatures, signers);
    return { lines: linesOf(path, lines), signatures: facts(signatures, signers) };
  } catch (error) {
    throw withSource(error, path);
  }
}

function isIndex(rest: Uint8Array): boolean {
  const head = gunzipSync(rest.subarray(0, headBytes), { finishFlush: constants.Z_SYNC_FLUSH });
  return /^(?:APKINDEX|DESCRIPTION)\0/u.test(head.toString('latin1', 0, 100));
}

function signedBy(message: Uint8Array, signature: RsaSignature, keys: readonly FeedKey[]): string | undefined {
  for (const key of keys) {
    try {
      verifyRsa(message, [signature], [key], signature.keyName);
      return key.name;
    } catch (error) {
      if (!(error instanceof KilopyError)) throw error;
    }
  }
  return undefined;
}

function facts(
  signatures: readonly RsaSignature[],
  signers: readonly (string | undefined)[],
): InspectedApk['signatures'] {
  return signatures.map(({ keyName }, at) => ({ keyId: keyName, signedBy: signers[at] }));
}

/** Keys of .PKGINFO by the names of adbdump, in its order; those in `lists` have several values. */
const names: Readonly<Record<string, string>> = {
  pkgname: 'name',
  pkgver: 'version',
  pkgdesc: 'description',
  arch: 'arch',
  license: 'license',
  origin: 'origin',
  maintainer: 'maintainer',
  url: 'url',
  commit: 'repo-commit',
  builddate: 'build-time',
  size: 'installed-size',
  provider_priority: 'provider-priority',
  depend: 'depends',
  provides: 'provides',
  replaces: 'replaces',
  install_if: 'install-if',
};
const lists: ReadonlySet<string> = new Set(['depend', 'provides', 'replaces', 'install_if', 'triggers']);

async function* packageLines(
  control: ReadonlyMap<string, string>,
  scripts: ReadonlyMap<string, string>,
  entries: AsyncIterable<TarStreamEntry>,
  signatures: readonly RsaSignature[],
  signers: readonly (string | undefined)[],
): AsyncGenerator<string> {
  yield '# apk package, version 2';
  yield 'info:';
  for (const [key, name] of Object.entries(names)) yield* field(name, key, control.get(key), '  ');
  for (const [key, value] of control)
    if (names[key] === undefined && key !== 'triggers') yield* field(key, key, value, '  ');
  let isFirst = true;
  for await (const { header, pax, body } of entries) {
    if (isFirst) yield 'paths:';
    isFirst = false;
    const { path, type, mode, uname, gname, uid, gid, sizeBytes, linkTarget, xattrs } = header;
    const owner = `user: ${scalar(uname || String(uid))}, group: ${scalar(gname || String(gid))}`;
    // Reading to the end compares the content with its checksum.
    for await (const _ of body);
    const hash = pax.get('APK-TOOLS.checksum.SHA1');
    const more = [
      ...(type === 'file' ? [`size: ${String(sizeBytes)}`] : []),
      ...(type === 'symlink' || type === 'hardlink' ? [`target: ${scalar(linkTarget)}`] : []),
      ...(hash === undefined ? [] : [`hashes: ${Buffer.from(hash).toString('latin1')}`]),
      ...(xattrs.size === 0 ? [] : [`xattrs: [${[...xattrs.keys()].map(scalar).join(', ')}]`]),
    ];
    const all = [
      `name: ${scalar(path.replace(/\/$/u, ''))}`,
      `type: ${type}`,
      `mode: 0${mode.toString(8)}`,
      owner,
      ...more,
    ];
    yield `  - {${all.join(', ')}}`;
  }
  if (scripts.size > 0) yield 'scripts:';
  for (const [name, text] of scripts) {
    yield `  ${name}: |`;
    for (const line of text.replace(/\n$/u, '').split('\n')) yield `    ${line}`;
  }
  yield* field('triggers', 'triggers', control.get('triggers'), '');
  yield* signatureLines(signatures, signers);
}

async function* indexLines(
  description: string,
  text: string,
  signatures: readonly RsaSignature[],
  signers: readonly (string | undefined)[],
): AsyncGenerator<string> {
  yield `# apk index, version 2${description === '' ? '' : `: ${description}`}`;
  for (const line of text.replace(/\n+$/u, '').split('\n')) yield line;
  yield* signatureLines(signatures, signers);
}

function* field(name: string, key: string, value: string | undefined, indent: string): Generator<string> {
  if (value === undefined || value === '') return;
  const words = lists.has(key) ? value.split(' ').filter((word) => word !== '') : [];
  if (!lists.has(key)) yield `${indent}${name}: ${scalar(value)}`;
  else yield `${indent}${name}: # ${String(words.length)} items`;
  for (const word of words) yield `${indent}  - ${scalar(word)}`;
}

function* signatureLines(
  signatures: readonly RsaSignature[],
  signers: readonly (string | undefined)[],
): Generator<string> {
  for (const [at, { hash, keyName }] of signatures.entries()) {
    yield `# sig RSA ${hash} ${keyName}: ${signers[at] === undefined ? 'UNTRUSTED signature' : 'OK'}`;
  }
}

/** Plain where YAML takes it so, else quoted. */
function scalar(text: string): string {
  return /^[\w./(][\w ./@+=<>~()*'-]*$/u.test(text) && !text.endsWith(' ') ? text : JSON.stringify(text);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* none(): AsyncGenerator<TarStreamEntry> {}
