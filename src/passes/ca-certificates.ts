import { comparePaths } from '../codec/path-text.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { FileNode, Tree } from '../tree/node.ts';
import { originText } from '../tree/origin-text.ts';
import { overlay } from '../tree/overlay.ts';
import type { BlobStore } from '../values/blob.ts';
import type { PassResult } from './pass-result.ts';
import { runtimeTime } from './runtime-time.ts';

export interface CaCertificatesReport {
  /** Certificates in the bundle; 0 when the tree has none and no bundle was made. */
  readonly certificates: number;
}

const bundlePath = 'etc/ssl/certs/ca-certificates.crt';

/** In the order in which update-ca-certificates reads them: Debian’s own, then local ones. */
const sources = ['usr/share/ca-certificates/', 'usr/local/share/ca-certificates/'];

/**
 * What the postinst of ca-certificates does with update-ca-certificates: one PEM file of every certificate, at the
 * place where OpenSSL, GnuTLS and applications look for it. All certificates are enabled, as on a new installation.
 * The single files’ links under /etc/ssl/certs (by name and by hash) are left out: only OpenSSL’s CApath reads them,
 * beside the same bundle, and they are three times its entries. A bundle that is there already stays.
 */
export async function bundleCertificates(tree: Tree, blobs: BlobStore): Promise<PassResult<CaCertificatesReport>> {
  const files = sources.flatMap((folder) => certificatesBelow(tree, folder));
  if (files.length === 0 || tree.has(bundlePath)) return { tree, report: { certificates: 0 } };
  const parts = await Promise.all(files.map((file) => pemOf(file, blobs)));
  const node: FileNode = {
    type: 'file',
    path: bundlePath,
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtimeSeconds: runtimeTime(tree),
    origin: { kind: 'pass', pass: 'ca-certificates' },
    content: await blobs.put(Buffer.concat(parts)),
  };
  return { tree: overlay(tree, [node]).tree, report: { certificates: files.length } };
}

function certificatesBelow(tree: Tree, folder: string): FileNode[] {
  return [...tree.values()]
    .filter(
      (node): node is FileNode => node.type === 'file' && node.path.startsWith(folder) && node.path.endsWith('.crt'),
    )
    .toSorted((a, b) => comparePaths(a.path, b.path));
}

/** The file, ending in a newline. */
async function pemOf(file: FileNode, blobs: BlobStore): Promise<Uint8Array> {
  const bytes = Buffer.from(await blobs.read(file.content));
  if (!bytes.includes('-----BEGIN CERTIFICATE-----') || !bytes.includes('-----END CERTIFICATE-----'))
    throw new KilopyError('KP7301', `/${file.path} is not a PEM certificate`, {
      where: originText(file.origin),
      data: { path: file.path },
    });
  return bytes.at(-1) === 0x0a ? bytes : Buffer.concat([bytes, Buffer.from('\n')]);
}
