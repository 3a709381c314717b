import { join } from 'node:path';
import {
  hasShape,
  nullable,
  objectOf,
  optional,
  recordOf,
  shapeFault,
  string,
  type Shape,
} from '../codec/json-shape.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';

/** What is known of one registry in a file of docker, podman or skopeo. */
export interface AuthEntry {
  /** Base64 of `USER:PASSWORD`. */
  readonly auth?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** For the token server in place of a password. */
  readonly identitytoken?: string | undefined;
  /** For the registry itself. */
  readonly registrytoken?: string | undefined;
}

/** docs.docker.com, "docker login", and containers-auth.json(5). */
interface ConfigFile {
  readonly auths?: Readonly<Record<string, AuthEntry>> | null | undefined;
  readonly credHelpers?: Readonly<Record<string, string>> | null | undefined;
  readonly credsStore?: string | null | undefined;
}

export interface DockerConfig extends ConfigFile {
  readonly file: string;
}

const authEntry: Shape<AuthEntry> = objectOf({
  auth: optional(string),
  username: optional(string),
  password: optional(string),
  identitytoken: optional(string),
  registrytoken: optional(string),
});
const configFile: Shape<ConfigFile> = objectOf({
  auths: optional(nullable(recordOf(authEntry))),
  credHelpers: optional(nullable(recordOf(string))),
  credsStore: optional(nullable(string)),
});

/**
 * The files with credentials that are there, in the order in which they count: `REGISTRY_AUTH_FILE`, docker's
 * config.json (`DOCKER_CONFIG`, else `~/.docker`), podman's auth.json. Throws KP6113 for one that cannot be read.
 */
export async function readDockerConfigs(ctx: Context): Promise<readonly DockerConfig[]> {
  const { REGISTRY_AUTH_FILE: own, DOCKER_CONFIG: docker, HOME: home, XDG_RUNTIME_DIR: runtime } = ctx.env;
  const dockerFolder = docker ?? (home === undefined ? undefined : join(home, '.docker'));
  const files = [
    own,
    dockerFolder === undefined ? undefined : join(dockerFolder, 'config.json'),
    runtime === undefined ? undefined : join(runtime, 'containers', 'auth.json'),
    home === undefined ? undefined : join(home, '.config', 'containers', 'auth.json'),
  ].filter((file): file is string => file !== undefined && file !== '');
  const found: DockerConfig[] = [];
  for (const file of files) {
    if (file !== own && !(await ctx.fs.exists(file))) continue;
    found.push({ ...(await readConfig(ctx, file)), file });
  }
  return found;
}

async function readConfig(ctx: Context, file: string): Promise<ConfigFile> {
  let value: unknown;
  try {
    value = JSON.parse(await ctx.fs.readText(file));
  } catch (cause) {
    // The parser's own message may quote the file, and with it a password.
    throw unreadable(file, cause instanceof SyntaxError ? 'it is no JSON' : (cause as Error).message);
  }
  if (hasShape(configFile, value)) return value;
  throw unreadable(file, shapeFault(configFile, value) ?? 'malformed');
}

function unreadable(file: string, why: string): KilopyError {
  return new KilopyError('KP6113', `the credentials in ${file} cannot be read`, {
    where: file,
    why,
    fix: 'correct the file, or make it anew with docker login, podman login or skopeo login',
  });
}
