import { digestOf } from '../../emit/measure.ts';
import type { ApkoArchitecture } from '../../spec/apko/architectures.ts';
import type { ApkoConfig } from '../../spec/apko/config.ts';
import { goJson } from '../../spec/apko/encode.ts';
import { shellWords } from '../../spec/apko/shell-words.ts';
import type { Digest } from '../../values/digest.ts';

/** A compressed layer. */
export interface ApkoLayer {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly diffId: Digest;
  readonly rawBytes: number;
}

/** The image below, whose layers and configuration are kept. */
export interface ApkoBaseImage {
  readonly config: Readonly<Record<string, unknown>>;
  readonly layers: readonly ApkoLayer[];
}

/** The image of one architecture. */
export interface ApkoImage {
  readonly architecture: ApkoArchitecture;
  readonly config: JsonDocument;
  readonly manifest: JsonDocument;
  readonly layers: readonly ApkoLayer[];
  readonly createdSeconds: number;
}

export interface JsonDocument {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

export const manifestType = 'application/vnd.oci.image.manifest.v1+json';
export const configType = 'application/vnd.oci.image.config.v1+json';
export const indexType = 'application/vnd.oci.image.index.v1+json';
export const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** Configuration and manifest of one architecture, key by key as apko writes them. */
export function apkoImage(
  config: ApkoConfig,
  runAs: string | undefined,
  architecture: ApkoArchitecture,
  layers: readonly ApkoLayer[],
  createdSeconds: number,
  base: ApkoBaseImage | undefined,
): ApkoImage {
  const annotations = apkoAnnotations(config, createdSeconds);
  const created = goTime(createdSeconds);
  const below = (base?.config ?? {}) as { history?: unknown[]; config?: Record<string, unknown> };
  const all = [...(base?.layers ?? []), ...layers];
  const added = { author: 'apko', created, created_by: 'apko', ...historyComment(config, layers.length) };
  const configuration = document({
    architecture: architecture.oci.architecture,
    author: 'github.com/chainguard-dev/apko',
    created,
    history: [...(below.history ?? []), ...layers.map(() => added)],
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: all.map(({ diffId }) => diffId) },
    config: containerConfig(config, runAs, annotations, below.config ?? {}),
    ...(architecture.oci.variant === undefined ? {} : { variant: architecture.oci.variant }),
  });
  const manifest = document({
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: configType, size: configuration.bytes.length, digest: configuration.digest },
    layers: all.map(({ mediaType, sizeBytes, digest }) => ({ mediaType, size: sizeBytes, digest })),
    annotations,
  });
  return { architecture, config: configuration, manifest, layers: all, createdSeconds };
}

/** The index over all architectures, sorted by name. */
export function apkoIndex(config: ApkoConfig, images: readonly ApkoImage[], createdSeconds: number): JsonDocument {
  return document({
    schemaVersion: 2,
    mediaType: indexType,
    manifests: images.map(({ architecture, manifest }) => ({
      mediaType: manifestType,
      size: manifest.bytes.length,
      digest: manifest.digest,
      platform: platformOf(architecture),
    })),
    annotations: apkoAnnotations(config, createdSeconds),
  });
}

function platformOf({ oci: { architecture, os, variant } }: ApkoArchitecture): Readonly<Record<string, string>> {
  return { architecture, os, ...(variant === undefined ? {} : { variant }) };
}

function apkoAnnotations(config: ApkoConfig, createdSeconds: number): Readonly<Record<string, string>> {
  const [source, revision] = splitOnce(config['vcs-url'] ?? '', '@');
  const all = {
    ...config.annotations,
    ...(revision === undefined
      ? {}
      : { 'org.opencontainers.image.source': source, 'org.opencontainers.image.revision': revision }),
    'org.opencontainers.image.created': goTime(createdSeconds),
  };
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function splitOnce(text: string, mark: string): readonly [string, string | undefined] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function historyComment(config: ApkoConfig, layers: number): { readonly comment?: string } {
  const title = config.annotations?.['org.opencontainers.image.title'];
  const vendor = config.annotations?.['org.opencontainers.image.vendor'];
  if (title !== undefined && vendor !== undefined) return { comment: `${title} by ${vendor}` };
  return layers > 1 ? {} : { comment: 'This is an apko single-layer image' };
}

/** Keys in the order of Go's type. */
const configKeys = ['Cmd', 'Entrypoint', 'Env', 'Labels', 'User', 'Volumes', 'WorkingDir', 'StopSignal'];

function containerConfig(
  config: ApkoConfig,
  runAs: string | undefined,
  labels: Readonly<Record<string, string>>,
  below: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { entrypoint, volumes } = config;
  const shell = entrypoint['shell-fragment'];
  const own: Record<string, unknown> = { Env: environment(config.environment), Labels: labels };
  if (shell !== undefined && shell !== '') own.Entrypoint = ['/bin/sh', '-c', shell];
  else if (entrypoint.command !== undefined && entrypoint.command !== '')
    own.Entrypoint = shellWords(entrypoint.command, 'entrypoint.command');
  if (config.cmd !== undefined && config.cmd !== '') own.Cmd = shellWords(config.cmd, 'cmd');
  if (config['work-dir'] !== undefined) own.WorkingDir = config['work-dir'];
  if (volumes !== undefined) own.Volumes = Object.fromEntries(volumes.toSorted().map((path) => [path, {}]));
  if (runAs !== undefined && runAs !== '') own.User = runAs;
  if (config['stop-signal'] !== undefined) own.StopSignal = config['stop-signal'];
  const all = { ...below, ...own };
  const keys = [...configKeys, ...Object.keys(below).filter((key) => !configKeys.includes(key))];
  return Object.fromEntries(keys.filter((key) => all[key] !== undefined).map((key) => [key, all[key]]));
}

function environment(given: Readonly<Record<string, string>> = {}): readonly string[] {
  const defaults = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin',
    SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
  };
  return Object.entries({ ...defaults, ...given })
    .map(([name, value]) => `${name}=${value}`)
    .sort();
}

/** RFC 3339 without fractions, as Go prints a whole second in UTC. */
function goTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function document(value: object): JsonDocument {
  const bytes = Buffer.from(goJson(value));
  return { bytes, digest: digestOf(bytes) };
}
