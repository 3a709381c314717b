import { hexOf } from '../../crypto/digest.ts';
import { readCertificates, toPem, type Certificate } from '../../crypto/certificates.ts';
import { digestOf } from '../../emit/measure.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { serverRoot } from '../../io/server-root.ts';
import { pinnedRoots } from '../../lock/lock-inputs.ts';
import { withSection, type Lock, type LockRoot, type LockSection } from '../../lock/lock.ts';
import type { Spec, TlsRoot } from '../../spec/spec.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';
import { debianBundle, type DebianBundle } from './debian-bundle.ts';

const timeoutMs = 20_000;

/** Sections and lock with the root certificates that `tls` asks for: those that are locked already, else found now. */
export async function resolveRoots(
  ctx: Context,
  store: Store,
  spec: Spec,
  resolved: { readonly sections: readonly LockSection[]; readonly lock: Lock },
): Promise<{ readonly sections: readonly LockSection[]; readonly lock: Lock }> {
  const wanted = pinnedRoots(spec);
  if (wanted.length === 0) return resolved;
  // What decides them is the same for all targets, and so are they.
  const known = resolved.sections.find(({ roots }) => roots !== undefined)?.roots;
  const roots = known ?? (await findRoots(ctx, store, wanted));
  const sections = resolved.sections.map((section) => ({ ...section, roots: section.roots ?? roots }));
  const changed = sections.filter((_, i) => resolved.sections[i]?.roots === undefined);
  return { sections, lock: changed.reduce(withSection, resolved.lock) };
}

async function findRoots(ctx: Context, store: Store, wanted: readonly TlsRoot[]): Promise<readonly LockRoot[]> {
  const asked = wanted.find(({ kind }) => kind === 'host');
  if (store.offline && asked !== undefined) {
    throw new KilopyError('KP2203', `${asked.text} cannot be asked for its certificates with --offline`, {
      where: asked.where,
      fix: 'build once with network; kilopy.lock then keeps the answer',
    });
  }
  const bundle = await debianBundle(ctx, store);
  const roots: LockRoot[] = [];
  for (const root of wanted) roots.push(await findRoot(ctx, store, root, bundle));
  return roots;
}

async function findRoot(ctx: Context, store: Store, root: TlsRoot, bundle: DebianBundle): Promise<LockRoot> {
  if (root.kind !== 'host')
    return described(root.text, bundle.name, await store.put(systemFile(bundle)), earliest(bundle));
  const der = await askHost(ctx, root, bundle);
  const [certificate] = readCertificates(der);
  if (certificate === undefined)
    throw new KilopyError('KP2204', `${root.text} has no root certificate`, { where: root.where });
  ctx.emit({ type: 'note', text: `${root.text} trusts ${certificate.name}, until ${day(certificate.expires)}` });
  return described(root.text, certificate.name, await store.put(der), certificate.expires);
}

async function askHost(
  ctx: Context,
  { host, port, text, where }: Extract<TlsRoot, { kind: 'host' }>,
  bundle: DebianBundle,
): Promise<Uint8Array> {
  const roots = bundle.certificates.map(({ der }) => toPem(der));
  const answer = await serverRoot({ host, port, roots, timeoutMs, signal: ctx.signal });
  ctx.signal.throwIfAborted();
  if (answer.kind === 'root') return answer.der;
  throw answer.kind === 'unreachable'
    ? new KilopyError('KP2203', `${text} cannot be asked for its certificates`, { where, why: answer.why })
    : new KilopyError('KP2204', `${text} shows a certificate that no authority of Debian signed`, {
        where,
        why: answer.why,
      });
}

/** The bytes behind an entry of the lock, as PEM; from Debian's package again when the store has lost them. */
export async function lockedRoot(ctx: Context, store: Store, root: LockRoot, where: TlsRoot['where']): Promise<string> {
  const ref: BlobRef = { digest: `sha256:${root.sha256}`, sizeBytes: root.sizeBytes };
  const system = root.for === 'system';
  if (!(await store.has(ref.digest))) {
    const bundle = await debianBundle(ctx, store);
    const candidates = system ? [systemFile(bundle)] : bundle.certificates.map(({ der }) => der);
    const found = candidates.find((bytes) => digestOf(bytes) === ref.digest);
    if (found === undefined)
      throw new KilopyError('KP2205', `the root certificate of ${root.for} is not to be had: ${root.name}`, { where });
    await store.put(found);
  }
  const bytes = await store.read(ref);
  return system ? Buffer.from(bytes).toString() : toPem(bytes);
}

function described(source: string, name: string, { digest, sizeBytes }: BlobRef, expires: Date): LockRoot {
  return { for: source, name, sha256: hexOf(digest), sizeBytes, expires: day(expires) };
}

function systemFile({ certificates }: DebianBundle): Uint8Array {
  return Buffer.from(certificates.map(({ der }) => toPem(der)).join(''));
}

function earliest({ certificates }: { readonly certificates: readonly Certificate[] }): Date {
  return new Date(Math.min(...certificates.map(({ expires }) => expires.getTime())));
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
