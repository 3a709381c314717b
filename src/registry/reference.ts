import { KilopyError } from '../errors/kilopy-error.ts';
import type { Digest } from '../values/digest.ts';

/** An image in a registry. */
export interface ImageReference {
  /** As people write it: `docker.io`, `ghcr.io`, `127.0.0.1:5000`. */
  readonly registry: string;
  /** `library/alpine`, `me/http`. */
  readonly repository: string;
  readonly tag: string | undefined;
  /** Wins over the tag. */
  readonly digest: Digest | undefined;
}

/** distribution-spec, "Pulling manifests"; docs/reference grammar of the distribution project. */
const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/u;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/u;
const digestPattern = /^sha256:[0-9a-f]{64}$/u;
const hostPattern = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/u;

/**
 * Reads `[REGISTRY/]NAME[:TAG][@DIGEST]`. As with Docker, a first part counts as a registry when it has a dot or a port or
 * is `localhost`; without one the name is Docker Hub's, and `library/` is put before a single word. `docker://` in front, as
 * skopeo writes it, is passed over.
 *
 * @throws KilopyError KP6101, which says what is wrong with the text
 */
export function parseReference(text: string): ImageReference {
  const shown = text.startsWith('docker://') ? text.slice('docker://'.length) : text;
  const fail = (why: string, fix?: string): never => refuse(text, why, fix);
  if (shown.trim() === '') fail('it is empty', 'write a name, such as ghcr.io/me/hello:1');
  if (shown !== shown.trim() || /\s/u.test(shown))
    fail('there is a space in it', `write ${shown.replaceAll(/\s/gu, '')}`);
  const scheme = /^[a-z]+:\/\//iu.exec(shown)?.[0];
  if (scheme !== undefined) {
    fail(`an image has no ${scheme} in front`, `write ${shown.slice(scheme.length)}; --plain-http asks for http`);
  }
  const [path = '', digestText, ...more] = shown.split('@');
  if (more.length > 0) fail('there are several @ in it');
  const digest = digestText === undefined ? undefined : parseDigest(text, digestText);
  const slash = path.lastIndexOf('/');
  const colon = path.indexOf(':', slash + 1);
  const tag = colon === -1 ? undefined : path.slice(colon + 1);
  const name = colon === -1 ? path : path.slice(0, colon);
  if (tag !== undefined && !tagPattern.test(tag)) fail(...tagFault(name, tag));
  const { registry, repository } = splitName(name);
  if (!hostPattern.test(registry)) fail(`"${registry}" is no name of a host`);
  if (Number(/:(\d+)$/u.exec(registry)?.[1] ?? 0) > 65_535) fail(`the port of ${registry} is larger than 65535`);
  checkRepository(text, registry, repository);
  return { registry: hubNames.has(registry) ? hub : registry, repository, tag, digest };
}

/** The full form, which parses to the same. */
export function formatReference({ registry, repository, tag, digest }: ImageReference): string {
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** What a request for the manifest names: the digest, else the tag, else `latest`. */
export function manifestName({ tag, digest }: Pick<ImageReference, 'tag' | 'digest'>): string {
  return digest ?? tag ?? 'latest';
}

const hub = 'docker.io';
const hubNames: ReadonlySet<string> = new Set([hub, 'index.docker.io', 'registry-1.docker.io']);

/** Whether a first part of a name is a registry and not a user. */
export function isRegistryName(first: string): boolean {
  return /[.:]/u.test(first) || first === 'localhost';
}

function splitName(name: string): { readonly registry: string; readonly repository: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const [registry, rest] = slash > 0 && isRegistryName(first) ? [first, name.slice(slash + 1)] : [hub, name];
  return { registry, repository: hubNames.has(registry) && !rest.includes('/') ? `library/${rest}` : rest };
}

function checkRepository(text: string, registry: string, repository: string): void {
  const parts = repository.split('/');
  const wrong = parts.find((part) => !component.test(part));
  if (wrong === undefined) return;
  if (wrong === '') {
    const why = repository === '' ? `the name behind ${registry}/ is missing` : 'a part of the name is empty';
    refuse(text, why, 'write REGISTRY/NAME:TAG with one slash between the parts');
  }
  if (wrong !== wrong.toLowerCase() && component.test(wrong.toLowerCase()))
    refuse(text, `"${wrong}" has capital letters`, `write ${text.replace(wrong, wrong.toLowerCase())}`);
  if (wrong.includes(':')) refuse(text, `"${wrong}" has a colon in the middle of the name`, 'write the tag at the end');
  refuse(text, `"${wrong}" cannot be a part of a name`, 'names have a-z, 0-9, and . _ - between them');
}

function tagFault(name: string, tag: string): readonly [string, string | undefined] {
  if (tag === '') return ['the tag behind the colon is missing', `write ${name}:latest`];
  if (tag.endsWith(':')) return ['a colon without a tag is at the end', `write ${name}:${tag.replace(/:+$/u, '')}`];
  if (tag.includes(':'))
    return [`there are two tags, ${tag.replace(':', ' and ')}`, `write ${name}:${tag.split(':')[0] ?? ''}`];
  if (tag.length > 128) return ['the tag is longer than 128 characters', undefined];
  return [`"${tag}" cannot be a tag`, 'tags have letters, digits, and . _ - but not at the beginning'];
}

function parseDigest(text: string, digest: string): Digest {
  if (digestPattern.test(digest)) return digest as Digest;
  const [algorithm, hex = ''] = digest.split(':');
  if (algorithm !== 'sha256')
    return refuse(text, `"${digest}" is no digest`, 'write NAME@sha256:, and 64 hexadecimal digits');
  const why = /^[0-9a-f]*$/u.test(hex)
    ? `the digest has ${String(hex.length)} digits instead of 64`
    : 'the digest has something else than 0-9 and a-f';
  return refuse(text, why, 'copy the whole digest');
}

function refuse(text: string, why: string, fix?: string): never {
  throw new KilopyError('KP6101', `"${text}" is no reference to an image`, { why, fix, data: { reference: text } });
}
