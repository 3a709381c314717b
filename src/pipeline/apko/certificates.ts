import { createHash, X509Certificate } from 'node:crypto';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { ApkoCertificates } from '../../spec/apko/config.ts';
import { baseName, parentOf } from '../../tree/paths.ts';
import type { ApkoPackage } from './apko-package.ts';
import type { RootFiles } from './root-files.ts';

const ownFolder = 'usr/local/share/ca-certificates';
const bundles = [
  'etc/ssl/certs/ca-certificates.crt',
  'var/lib/ecs/deps/execute-command/certs/tls-ca-bundle.pem',
  'kaniko/ssl/certs/ca-certificates.crt',
];
const javaStore = 'etc/ssl/certs/java/cacerts';

/**
 * Certificates of the configuration, and those that packages of the named providers bring in
 * /usr/local/share/ca-certificates, appended to every bundle that the image has.
 */
export async function installCertificates(
  ctx: Context,
  root: RootFiles,
  certificates: ApkoCertificates | undefined,
  packages: readonly ApkoPackage[],
  createdSeconds: number,
): Promise<void> {
  const { additional = [], providers = [] } = certificates ?? {};
  const found: string[] = [];
  for (const { name = '', content = '' } of additional) {
    const { text, fingerprint } = parseCertificate(content, name);
    root.makeFolders(ownFolder, 0o755);
    await root.write(`${ownFolder}/${name}-${fingerprint}.crt`, text, 0o644, createdSeconds);
    found.push(text);
  }
  const provide = ({ provides }: ApkoPackage): boolean => provides.some((name) => providers.includes(name));
  const files = packages
    .filter(provide)
    .flatMap(({ entries }) => entries.map(({ node }) => node))
    .filter(
      ({ type, path }) => type !== 'directory' && path.startsWith(`${ownFolder}/`) && /\.(?:crt|pem)$/u.test(path),
    );
  for (const path of files.map((file) => file.path).sort()) {
    try {
      found.push(parseCertificate((await root.read(path)) ?? '', path).text);
    } catch (error) {
      if (!(error instanceof KilopyError)) throw error;
      ctx.emit({ type: 'warning', text: `/${path} is passed over: ${error.message}` });
    }
  }
  if (found.length === 0) return;
  for (const bundle of bundles) {
    const before = await root.read(bundle);
    if (before === undefined) continue;
    await root.write(bundle, `${before}${found.map((text) => `${text}\n`).join('')}`, 0o644, createdSeconds);
  }
  if (root.stat(javaStore) !== undefined) {
    const text = `/${javaStore} is Java's own format: the certificates are not added to it`;
    ctx.emit({ type: 'warning', text });
  }
}

/** `sha256sum` lines beside each bundle, so that scanners see later changes. */
export async function writeBundleChecksums(root: RootFiles, createdSeconds: number): Promise<void> {
  for (const path of [...bundles, javaStore]) {
    const node = root.stat(path);
    if (node?.type !== 'file') continue;
    const line = `${node.content.digest.slice('sha256:'.length)}  ${baseName(path)}\n`;
    await root.write(`${parentOf(path)}/.${baseName(path)}.sha256`, line, 0o444, createdSeconds);
  }
}

/** Exactly one certificate, without text around it, and the SHA-256 of its DER bytes. */
function parseCertificate(text: string, name: string): { readonly text: string; readonly fingerprint: string } {
  const blocks = text.match(/-----BEGIN [^-]+-----[^-]*-----END [^-]+-----/gu) ?? [];
  const [block] = blocks;
  try {
    if (block === undefined || blocks.length > 1)
      throw new Error(`it holds ${String(blocks.length)} certificates instead of one`);
    const { raw } = new X509Certificate(block);
    const lines = raw.toString('base64').match(/.{1,64}/gu) ?? [];
    return {
      text: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
      fingerprint: createHash('sha256').update(raw).digest('hex'),
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : undefined;
    throw new KilopyError('KP2102', `${name} is no certificate in PEM form`, { where: name, why, cause });
  }
}
