import { Readable } from 'node:stream';
import { EnvHttpProxyAgent, request, type Dispatcher } from 'undici';
import {
  connections,
  connectTimeoutMs,
  discardBytes,
  flatten,
  headersOf,
  readBody,
  stallMsOf,
  type Transport,
} from './http-transport.ts';
import type { Proxies } from './proxies.ts';

/** HTTP over undici: through proxies. This module is loaded only where there are some: undici's start costs more than kilopy's. */
export function createUndiciTransport(proxies: Proxies): Transport {
  const agent = createAgent(proxies);
  return async (url, hop, options) => {
    const stallMs = stallMsOf(options);
    const { statusCode, headers, body } = await request(url.origin + url.pathname + url.search, {
      dispatcher: agent,
      method: hop.method,
      headers: headersOf(url, hop),
      ...(hop.body === undefined ? {} : { body: toBody(hop.body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      headersTimeout: stallMs,
      bodyTimeout: stallMs,
    });
    return {
      url: hop.url,
      status: statusCode,
      headers: flatten(headers),
      body: readBody(body, hop.url, options.signal),
      async discard() {
        // Nobody listens any more: an error of the abandoned transfer is not news.
        body.on('error', () => undefined);
        await body.dump({ limit: discardBytes }).catch(() => undefined);
      },
    };
  };
}

function createAgent({ httpProxy, httpsProxy, noProxy }: Proxies): Dispatcher {
  return new EnvHttpProxyAgent({
    httpProxy,
    httpsProxy,
    noProxy,
    // Proxies commonly refuse CONNECT to port 80; plain HTTP goes as an absolute URL.
    proxyTunnel: false,
    connections,
    connect: { timeout: connectTimeoutMs },
  });
}

function toBody(body: Uint8Array | AsyncIterable<Uint8Array>): Uint8Array | Readable {
  return body instanceof Uint8Array ? body : Readable.from(body, { objectMode: false });
}
