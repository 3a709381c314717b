import { hasShape, objectOf, string } from '../codec/json-shape.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { readDockerConfigs, type AuthEntry, type DockerConfig } from './docker-config.ts';
import type { ImageReference } from './reference.ts';

/** Who we are to a registry. Never printed. */
export type Credentials =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string; readonly from: string }
  /** Exchanged for a token at the token server. */
  | { readonly kind: 'identity'; readonly token: string; readonly from: string }
  /** Sent as it is. */
  | { readonly kind: 'bearer'; readonly token: string; readonly from: string };

type Place = Pick<ImageReference, 'registry' | 'repository'>;

/**
 * Credentials for a repository, as docker, podman and skopeo keep them; undefined when there are none. In a file, a
 * credential helper for the registry wins over what the file says itself, and that over the helper for everything.
 *
 * @throws KilopyError KP6113 for a broken file or a helper that fails
 */
export async function findCredentials(ctx: Context, place: Place): Promise<Credentials | undefined> {
  for (const config of await readDockerConfigs(ctx)) {
    const found = await fromConfig(ctx, config, place);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function fromConfig(ctx: Context, config: DockerConfig, place: Place): Promise<Credentials | undefined> {
  const names = registryNames(place.registry);
  const helper = names.map((name) => config.credHelpers?.[name]).find((one) => one !== undefined && one !== '');
  if (helper !== undefined) return await askHelper(ctx, helper, names, config.file);
  const entry = findEntry(config, place);
  const own = entry === undefined ? undefined : fromEntry(entry, config.file);
  if (own !== undefined) return own;
  const { credsStore } = config;
  if (typeof credsStore !== 'string' || credsStore === '') return undefined;
  return await askHelper(ctx, credsStore, names, config.file);
}

/** Docker Hub's credentials stand under the address of an API that is gone. */
const hubNames = ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io'] as const;

function registryNames(registry: string): readonly string[] {
  return registry === 'docker.io' ? hubNames : [registry, `https://${registry}`, `http://${registry}`];
}

/** The entry whose key names most of the repository: `ghcr.io/me/http`, `ghcr.io/me`, `ghcr.io`. */
function findEntry({ auths }: DockerConfig, { registry, repository }: Place): AuthEntry | undefined {
  const entries = new Map(Object.entries(auths ?? {}).map(([key, entry]) => [normalKey(key), entry]));
  const hosts = new Set(registryNames(registry).map(normalKey));
  const parts = repository.split('/');
  for (let count = parts.length; count >= 0; count -= 1) {
    for (const host of hosts) {
      const entry = entries.get([host, ...parts.slice(0, count)].join('/'));
      if (entry !== undefined) return entry;
    }
  }
  return undefined;
}

/** Keys are hosts, hosts with a path, or addresses of an API (`https://HOST/v1/`, `https://HOST/v2/`). */
function normalKey(key: string): string {
  return key
    .replace(/^https?:\/\//u, '')
    .replace(/\/v[12]\/?$/u, '')
    .replace(/\/+$/u, '');
}

function fromEntry(entry: AuthEntry, file: string): Credentials | undefined {
  const { identitytoken, registrytoken, auth = '', username, password } = entry;
  if (registrytoken !== undefined && registrytoken !== '') return { kind: 'bearer', token: registrytoken, from: file };
  if (identitytoken !== undefined && identitytoken !== '')
    return { kind: 'identity', token: identitytoken, from: file };
  if (username !== undefined && password !== undefined) return { kind: 'basic', username, password, from: file };
  if (auth === '') return undefined;
  const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/u, '');
  const colon = text.indexOf(':');
  if (colon > 0) return { kind: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1), from: file };
  throw new KilopyError('KP6113', `an entry of ${file} cannot be understood`, {
    where: file,
    why: 'its "auth" is not the base64 of USER:PASSWORD',
    fix: 'log in again with docker login, podman login or skopeo login',
  });
}

const helperAnswer = objectOf({ Username: string, Secret: string });

/** docker/docker-credential-helpers: `get` reads the server from stdin and answers with JSON. */
async function askHelper(
  ctx: Context,
  helper: string,
  names: readonly string[],
  file: string,
): Promise<Credentials | undefined> {
  const program = `docker-credential-${helper}`;
  if (/[/\\]/u.test(helper)) throw helperError(program, file, 'its name has a slash');
  const [server = ''] = names;
  if ((await ctx.tools.find(program)) === undefined) throw helperError(program, file, 'it is not on PATH');
  const options = { stdin: server, signal: ctx.signal, timeoutMs: 30_000 };
  const { status, stdout, stderr } = await ctx.tools.run(program, ['get'], options);
  const said = Buffer.from(stdout).toString('utf8');
  if (status !== 0) {
    if (/credentials not found/iu.test(said + stderr)) return undefined;
    throw helperError(
      program,
      file,
      `it ended with the status ${String(status)}: ${(stderr || said).trim().slice(0, 200)}`,
    );
  }
  const answer = jsonOf(said);
  if (!hasShape(helperAnswer, answer))
    throw helperError(program, file, 'it answered with something else than a user name and a secret');
  const { Username: username, Secret: secret } = answer;
  if (username === '<token>') return { kind: 'identity', token: secret, from: program };
  return { kind: 'basic', username, password: secret, from: program };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function helperError(program: string, file: string, why: string): KilopyError {
  return new KilopyError('KP6113', `the credential helper ${program} does not work`, {
    where: file,
    why,
    fix: `install ${program}, or take it out of the file`,
  });
}
