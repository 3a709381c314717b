import type { ImageReference } from './reference.ts';

/** How registries are talked to beside what their names say. */
export interface RegistryAccess {
  /** Hosts (`HOST[:PORT]`) for which plain http was asked for. Loopback needs no asking. */
  readonly plainHttp: readonly string[];
}

/** Host of the API: Docker Hub's is another one than its name. */
export function apiHost(registry: string): string {
  return registry === 'docker.io' ? 'registry-1.docker.io' : registry;
}

/** `https://HOST`, or `http://HOST` on loopback and where it was asked for. */
export function baseUrl({ registry }: Pick<ImageReference, 'registry'>, access: RegistryAccess): string {
  const host = apiHost(registry);
  return `${isPlain(host, access) ? 'http' : 'https'}://${host}`;
}

/** Whether what is said to this host may go without TLS. */
export function isPlain(host: string, { plainHttp }: RegistryAccess): boolean {
  return plainHttp.includes(host) || isLoopback(host);
}

/** RFC 6761 and RFC 1122: names and addresses that never leave the machine. */
function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/u, '').toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost') || /^127(?:\.\d{1,3}){3}$/u.test(name) || name === '[::1]';
}
