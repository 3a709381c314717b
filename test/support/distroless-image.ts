import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { runCli, scratch, testStore } from './cli.ts';
import { deadNetwork } from './recorded-mirror.ts';
import { digestOf, type TestRegistry } from './registry-server.ts';

/** An image in a test registry. */
export interface PushedBase {
  readonly reference: string;
  /** Digests of its layers, from the lowest. */
  readonly layers: readonly string[];
}

/**
 * An image with the layout of gcr.io/distroless/base-debian13, put together from Debian's own packages in the test store
 * (it is not that image: nothing is downloaded, and only libc6 of its packages is in it): a layer for each part, no shell,
 * a package database as one file for each package, an os-release without a code name, the user nonroot. It goes into the
 * registry with media types of Docker, below a list with a second platform.
 */
export async function pushDistroless(registry: TestRegistry, repository: string, tag: string): Promise<PushedBase> {
  const folder = scratch();
  const deb = await storedDeb('libc6');
  const control = execFileSync('dpkg-deb', ['-f', deb], { encoding: 'utf8' });
  const files: Readonly<Record<string, string>> = {
    'etc/os-release': 'PRETTY_NAME="Distroless"\nNAME="Debian GNU/Linux"\nID="debian"\nVERSION_ID="13"\n',
    'etc/passwd':
      'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n',
    'etc/group': 'root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n',
    'var/lib/dpkg/status.d/libc6': control,
    'var/lib/dpkg/status.d/libc6.md5sums': '',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  for (const name of ['bin', 'lib', 'lib64', 'sbin']) symlinkSync(`usr/${name}`, join(folder, name));
  const own = ['--owner=0', '--group=0', '--numeric-owner', '--mtime=@1700000000', '--sort=name'];
  const tars = [
    execFileSync('tar', [...own, '-C', folder, '-cf', '-', '.'], { maxBuffer: 2 ** 28 }),
    execFileSync('dpkg-deb', ['--fsys-tarfile', deb], { maxBuffer: 2 ** 28 }),
  ];
  const layers = tars.map((tar) => {
    const bytes = gzipSync(tar, { level: 1 });
    registry.blobs.set(`${repository}@${digestOf(bytes)}`, bytes);
    return {
      mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
      digest: digestOf(bytes),
      size: bytes.length,
    };
  });
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: {
        Env: ['PATH=/usr/bin', 'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt'],
        Labels: { base: 'distroless' },
      },
      rootfs: { type: 'layers', diff_ids: tars.map((tar) => digestOf(tar)) },
      history: [{ created_by: 'bazel' }, { created_by: 'nothing', empty_layer: true }, { created_by: 'bazel' }],
    }),
  );
  registry.blobs.set(`${repository}@${digestOf(config)}`, config);
  const manifest = keep(registry, repository, undefined, 'application/vnd.docker.distribution.manifest.v2+json', {
    schemaVersion: 2,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      digest: digestOf(config),
      size: config.length,
    },
    layers,
  });
  const other = { ...manifest, digest: `sha256:${createHash('sha256').update('other').digest('hex')}` };
  keep(registry, repository, tag, 'application/vnd.docker.distribution.manifest.list.v2+json', {
    schemaVersion: 2,
    manifests: [
      { ...other, platform: { os: 'linux', architecture: 's390x' } },
      { ...manifest, platform: { os: 'linux', architecture: 'amd64' } },
    ],
  });
  return { reference: `${registry.host}/${repository}:${tag}`, layers: layers.map(({ digest }) => digest) };
}

/** Puts a document into a test registry, as it is and without any check. */
export function keep(
  registry: TestRegistry,
  repository: string,
  tag: string | undefined,
  mediaType: string,
  value: object,
): { readonly mediaType: string; readonly digest: string; readonly size: number } {
  const bytes = Buffer.from(JSON.stringify({ ...value, mediaType }));
  const digest = digestOf(bytes);
  registry.manifests.set(`${repository}@${digest}`, { type: mediaType, bytes });
  if (tag !== undefined) registry.manifests.set(`${repository}:${tag}`, { type: mediaType, bytes });
  return { mediaType, digest, size: bytes.length };
}

async function storedDeb(name: string): Promise<string> {
  const folder = scratch();
  writeFileSync(join(folder, 'main.py'), '');
  const words = ['build', folder, '--dry-run', '--offline', '--json', '--base', 'debian', '--target', 'linux/amd64'];
  const { stdout, stderr } = await runCli(words, { env: deadNetwork });
  const { downloads = [] } = JSON.parse(stdout || '{}') as { downloads?: { digest: string; label: string }[] };
  const hex = downloads.find(({ label }) => label.startsWith(`${name} `))?.digest.replace('sha256:', '');
  if (hex === undefined) throw new Error(`the test store has no ${name}: ${stderr}`);
  return join(testStore, 'blobs/sha256', hex.slice(0, 2), hex);
}
