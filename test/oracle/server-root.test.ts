import { createServer, type AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readCertificates, toPem } from '../../src/crypto/certificates.ts';
import { serverRoot, type ServerRoot } from '../../src/io/server-root.ts';
import { scratch } from '../support/cli.ts';
import { makeAuthority } from '../support/certificates.ts';

/** The root of a server's chain, with certificates that openssl made. */

async function ask(server: { readonly cert: string; readonly key: string }, ...roots: string[]): Promise<ServerRoot> {
  const listening = createTlsServer(server, (socket) => socket.end());
  listening.on('tlsClientError', () => undefined);
  const port = await new Promise<number>((done) =>
    listening.listen(0, '127.0.0.1', () => done((listening.address() as AddressInfo).port)),
  );
  onTestFinished(() => void listening.close());
  return await serverRoot({ host: 'localhost', port, roots, timeoutMs: 20_000, signal: new AbortController().signal });
}

test('the root at which a verified chain ends, with its fingerprint, name and end', async () => {
  const folder = scratch();
  const authority = makeAuthority(folder, 'Good');
  const other = makeAuthority(folder, 'Other');
  const answer = await ask(authority.sign('localhost', 30), other.certificate, authority.certificate);
  expect(answer.kind).toBe('root');
  const [root] = readCertificates(answer.kind === 'root' ? answer.der : new Uint8Array());
  expect(root?.name).toBe('Good');
  expect(toPem(root!.der)).toBe(authority.certificate);
  expect(root!.expires.getTime()).toBeGreaterThan(Date.now() + 3_000 * 86_400_000);
});

describe('not taken', () => {
  test.each([
    ['another authority', 'localhost', 30, 'Other', 'untrusted'],
    ['another name', 'elsewhere.example', 30, 'Good', 'untrusted'],
    ['expired', 'localhost', -1, 'Good', 'untrusted'],
  ])('%s', async (_, name, days, trusted, kind) => {
    const folder = scratch();
    const authority = makeAuthority(folder, 'Good');
    const other = makeAuthority(folder, 'Other');
    const roots = trusted === 'Good' ? authority : other;
    expect(await ask(authority.sign(name, days), roots.certificate)).toMatchObject({ kind });
  });

  test('nobody listens', async () => {
    const server = createServer();
    const port = await new Promise<number>((done) =>
      server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)),
    );
    await new Promise((done) => server.close(done));
    const question = { host: '127.0.0.1', port, roots: [], timeoutMs: 20_000, signal: new AbortController().signal };
    expect(await serverRoot(question)).toMatchObject({ kind: 'unreachable' });
  });

  test('somebody listens and says nothing', async () => {
    const server = createServer(() => undefined);
    const port = await new Promise<number>((done) =>
      server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)),
    );
    onTestFinished(() => void server.close());
    const question = { host: '127.0.0.1', port, roots: [], timeoutMs: 300, signal: new AbortController().signal };
    expect(await serverRoot(question)).toEqual({ kind: 'unreachable', why: 'no answer in 0.3 s' });
  });
});

test('files of certificates: several PEM blocks with text between them, DER, and what is none', () => {
  const folder = scratch();
  const [a, b] = [makeAuthority(folder, 'One'), makeAuthority(folder, 'Two')];
  const both = readCertificates(Buffer.from(`# first\n${a.certificate}\nsecond\n${b.certificate}`));
  expect(both.map(({ name }) => name)).toEqual(['One', 'Two']);
  expect(readCertificates(both[1]!.der).map(({ name }) => name)).toEqual(['Two']);
  expect(readCertificates(Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'))).toEqual([]);
  expect(readCertificates(new Uint8Array())).toEqual([]);
});
