import { readCertificates, toPem } from '../../crypto/certificates.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { LockSection } from '../../lock/lock.ts';
import type { Spec, TlsRoot } from '../../spec/spec.ts';
import type { Store } from '../../store/store.ts';
import type { Node } from '../../tree/node.ts';
import { lockedRoot } from './resolve-roots.ts';

/** Where Debian's bundle is, and where runtimes and libraries look. */
const path = 'etc/ssl/certs/ca-certificates.crt';

const yearMs = 365 * 86_400_000;

/** The file with all root certificates of `tls`, each once, in its order; undefined when it names none. */
export async function rootsNode(
  ctx: Context,
  store: Store,
  { tls }: Spec,
  { roots = [] }: Pick<LockSection, 'roots'>,
  mtimeSeconds: number,
): Promise<Node | undefined> {
  if (tls === undefined || tls.roots.length === 0) return undefined;
  const certificates = new Set<string>();
  for (const root of tls.roots) {
    const locked = roots.find((one) => one.for === root.text);
    const text =
      root.kind === 'file' ? await readFile(ctx, root) : locked && (await lockedRoot(ctx, store, locked, root.where));
    if (text === undefined)
      throw new KilopyError('KP2205', `kilopy.lock has no root certificate of ${root.text}`, { where: root.where });
    for (const { der } of readCertificates(Buffer.from(text))) certificates.add(toPem(der));
    if (root.kind !== 'system') warnOfExpiry(ctx, root, text);
  }
  const content = await store.put(Buffer.from([...certificates].join('')));
  const origin = { kind: 'pass', pass: 'tls-roots' } as const;
  return { type: 'file', path, mode: 0o644, uid: 0, gid: 0, mtimeSeconds, content, origin };
}

async function readFile(ctx: Context, root: Extract<TlsRoot, { kind: 'file' }>): Promise<string> {
  const bytes = await ctx.fs.readFile(root.path).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new KilopyError('KP2202', `${root.text} cannot be read`, { where: root.where, why, cause });
  });
  const found = readCertificates(bytes);
  if (found.length === 0) throw new KilopyError('KP2202', `${root.text} holds no certificate`, { where: root.where });
  return found.map(({ der }) => toPem(der)).join('');
}

/** A device in a drawer for a year should still work when it comes out. */
function warnOfExpiry(ctx: Context, { text }: TlsRoot, pem: string): void {
  for (const { name, expires } of readCertificates(Buffer.from(pem))) {
    const left = expires.getTime() - ctx.clock.now();
    if (left > yearMs) continue;
    const when = `${left < 0 ? 'expired' : 'expires'} on ${expires.toISOString().slice(0, 10)}`;
    ctx.emit({
      type: 'warning',
      text: `the root certificate ${name} of ${text} ${when}: connections will be refused then`,
    });
  }
}
