/** The proxies of an environment; empty where there is none. */
export interface Proxies {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/** From `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, in either case. */
export function proxiesOf(env: Readonly<Record<string, string | undefined>>): Proxies {
  const all = env['all_proxy'] ?? env['ALL_PROXY'] ?? '';
  return {
    // Empty strings rather than undefined, which would make undici look into process.env.
    httpProxy: env['http_proxy'] ?? env['HTTP_PROXY'] ?? all,
    httpsProxy: env['https_proxy'] ?? env['HTTPS_PROXY'] ?? all,
    noProxy: env['no_proxy'] ?? env['NO_PROXY'] ?? '',
  };
}
