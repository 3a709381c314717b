/** What a registry wants to see: `WWW-Authenticate` (RFC 9110, 11.6.1). */
export type Challenge =
  | { readonly scheme: 'basic' }
  /** distribution docs, "Token authentication specification". */
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service: string | undefined; readonly error: string };

/** The strongest challenge of the header that kilopy can answer; undefined for others (Negotiate). */
export function parseChallenge(header: string): Challenge | undefined {
  const bearer = /(?:^|,\s*)bearer\s+(.*)$/isu.exec(header)?.[1];
  if (bearer !== undefined) {
    const { realm, service, error = '' } = parameters(bearer);
    if (realm !== undefined) return { scheme: 'bearer', realm, service, error };
  }
  return /(?:^|,\s*)basic(?:\s|$)/iu.test(header) ? { scheme: 'basic' } : undefined;
}

function parameters(text: string): Readonly<Record<string, string | undefined>> {
  const found = [...text.matchAll(/([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/giu)];
  return Object.fromEntries(
    found.map(([, name = '', quoted, plain]) => [name.toLowerCase(), quoted?.replaceAll(/\\(.)/gu, '$1') ?? plain]),
  );
}
