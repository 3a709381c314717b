import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate } from 'node:tls';

export interface ServerRootQuestion {
  readonly host: string;
  readonly port: number;
  /** Certificates that may sign, as PEM. */
  readonly roots: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** `unreachable`: no answer; `untrusted`: an answer that does not hold. */
export type ServerRoot =
  | { readonly kind: 'root'; readonly der: Uint8Array }
  | { readonly kind: 'unreachable' | 'untrusted'; readonly why: string };

/**
 * Connects to a server by TLS and gives the root certificate at which its verified chain ends. Name, dates and
 * signatures are checked against `roots` and nothing else.
 */
export async function serverRoot({ host, port, roots, timeoutMs, signal }: ServerRootQuestion): Promise<ServerRoot> {
  return await new Promise((resolve) => {
    // An address is no name of a server (RFC 6066).
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ host, port, ...name, ca: [...roots], timeout: timeoutMs });
    const end = (answer: ServerRoot): void => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(answer);
    };
    const abort = (): void => end({ kind: 'unreachable', why: 'interrupted' });
    signal.addEventListener('abort', abort, { once: true });
    socket.once('secureConnect', () => end({ kind: 'root', der: lastOf(socket.getPeerCertificate(true)) }));
    socket.once('timeout', () => end({ kind: 'unreachable', why: `no answer in ${String(timeoutMs / 1000)} s` }));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // Errors of the network have a system call; what OpenSSL objects to has none.
      const kind = error.syscall === undefined && error.code !== 'ECONNRESET' ? 'untrusted' : 'unreachable';
      end({ kind, why: error.message });
    });
  });
}

/** A root is its own issuer. */
function lastOf(certificate: DetailedPeerCertificate): Uint8Array {
  let last = certificate;
  for (let steps = 0; steps < 20 && last.issuerCertificate.fingerprint256 !== last.fingerprint256; steps++) {
    last = last.issuerCertificate;
  }
  return last.raw;
}
