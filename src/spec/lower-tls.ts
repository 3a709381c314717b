import { resolve } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { SourceLocation } from '../values/source-location.ts';
import type { Faults } from './faults.ts';
import type { Draft, FrontEnd } from './front-end.ts';
import type { TlsRoot, TlsSpec } from './spec.ts';

/** Which certificates of authorities the image has, and whether servers must show one of theirs. */
export function lowerTls(
  draft: NonNullable<Draft['tls']>,
  front: FrontEnd,
  folder: string,
  where: SourceLocation,
  faults: Faults,
): TlsSpec {
  const { roots = [], verify = true } = draft;
  const words = typeof roots === 'string' ? [roots] : roots;
  return {
    roots: words.flatMap((word, index) => {
      const at = front.locate(typeof roots === 'string' ? ['tls', 'roots'] : ['tls', 'roots', index]);
      return faults.attempt(() => [lowerRoot(word.trim(), folder, at)], []);
    }),
    verify,
    where,
  };
}

/** A host has no `/` and does not end like a file of certificates. */
function lowerRoot(text: string, folder: string, where: SourceLocation): TlsRoot {
  if (text === 'system') return { kind: 'system', text, where };
  if (text.includes('/') && !text.includes('://')) return { kind: 'file', path: resolve(folder, text), text, where };
  if (/\.(?:pem|crt|cer|der)$/i.test(text)) return { kind: 'file', path: resolve(folder, text), text, where };
  const [, host = '', port = '443'] = /^([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(\d{1,5}))?$/i.exec(text) ?? [];
  if (host !== '' && Number(port) > 0 && Number(port) < 65_536)
    return { kind: 'host', host: host.toLowerCase(), port: Number(port), text: text.toLowerCase(), where };
  throw new KilopyError('KP2201', `"${text}" is not a source of root certificates`, {
    where,
    why: 'it is neither `system`, nor a path, nor the name of a host with or without a port',
    fix: text.includes('://')
      ? `write the host alone: ${hostIn(text)}`
      : 'write `system`, a file such as certs/ca.pem, or a host such as api.example.org',
  });
}

function hostIn(url: string): string {
  return URL.canParse(url) && new URL(url).host !== '' ? new URL(url).host : 'api.example.org';
}
