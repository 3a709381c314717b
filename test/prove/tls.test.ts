import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createContext } from '../../src/io/create-context.ts';
import type { RuntimeProduct } from '../../src/runtime/micropython/ensure-micropython.ts';
import { openStore } from '../../src/store/store.ts';
import { makeAuthority, type Authority } from '../support/certificates.ts';
import { runCli, runProgram, testStore } from '../support/cli.ts';

/** The client of the variant tls against `openssl s_server` on loopback, with authorities and certificates of a moment. */

let folder: string;
let program: string;
let authority: Authority;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kilopy-tls-'));
  const words = ['runtime', 'build', '--target', 'linux/amd64', '--variant', 'tls', '--offline', '--json'];
  const { stdout, stderr, status } = await runCli(words);
  if (status !== 0) throw new Error(stderr);
  const [runtime] = (JSON.parse(stdout) as { runtimes: RuntimeProduct[] }).runtimes;
  if (runtime === undefined) throw new Error('no runtime');
  const store = await openStore(createContext(), testStore, { offline: true });
  program = join(folder, 'micropython');
  writeFileSync(program, await store.read(runtime.blob), { mode: 0o755 });
  authority = makeAuthority(folder, 'good');
  spawnSync('openssl', ['x509', '-in', authority.path, '-outform', 'DER', '-out', join(folder, 'good.der')]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

let servers = 0;

/** Starts a server that answers every line; gives its port. */
async function serve(pair: { readonly cert: string; readonly key: string }, words: readonly string[]): Promise<number> {
  const name = join(folder, `server-${String(servers++)}`);
  writeFileSync(`${name}.pem`, pair.cert);
  writeFileSync(`${name}.key`, pair.key);
  const files = ['-cert', `${name}.pem`, '-key', `${name}.key`];
  const server = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', ...files, '-rev', ...words]);
  onTestFinished(() => void server.kill('SIGKILL'));
  let said = '';
  server.stderr.resume();
  server.stdout.setEncoding('utf8');
  for (;;) {
    const [text] = (await once(server.stdout, 'data')) as [string];
    said += text;
    const port = /ACCEPT \S+:(\d+)/u.exec(said)?.[1];
    if (port !== undefined) return Number(port);
  }
}

/** A certificate that nobody but itself vouches for. */
function selfSigned(name: string): { readonly cert: string; readonly key: string } {
  const [key, cert] = [join(folder, 'self.key'), join(folder, 'self.pem')];
  const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  spawnSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, '-days', '9', ...names]);
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

/** What the program prints after a handshake with `example.test` (or another name), by the built-in module or by `ssl`. */
async function connect(
  port: number,
  env: Readonly<Record<string, string>>,
  options: { readonly name?: string; readonly none?: boolean; readonly module?: 'tls' | 'ssl' } = {},
): Promise<string> {
  const { name = 'example.test', none = false, module = 'tls' } = options;
  const script = `
import socket, ${module} as tls
context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
${none ? 'context.verify_mode = tls.CERT_NONE' : ''}
s = socket.socket()
s.connect(socket.getaddrinfo('127.0.0.1', ${String(port)})[0][-1])
try:
    s = context.wrap_socket(s, server_hostname='${name}')
    s.write(b'abc\\n')
    print(s.readline())
except Exception as error:
    print('refused', error)
`;
  const path = join(folder, `client-${String(port)}.py`);
  writeFileSync(path, script);
  const { stdout, stderr } = await runProgram(program, [path], { cwd: folder, env });
  return (stdout + stderr).trim();
}

const answered = "b'cba\\n'";

test.each([
  ['TLS 1.3', ['-tls1_3']],
  ['TLS 1.2', ['-tls1_2']],
  ['X25519 alone', ['-tls1_3', '-groups', 'X25519']],
  ['P-256 alone', ['-tls1_3', '-groups', 'P-256']],
  ['TLS 1.2 with X25519 and ChaCha not offered', ['-tls1_2', '-groups', 'X25519', '-cipher', 'ECDHE+AESGCM']],
])('a server with %s answers, its root as PEM and as DER', async (_, words) => {
  const port = await serve(authority.sign('example.test', 30), words);
  expect(await connect(port, { SSL_CERT_FILE: authority.path })).toBe(answered);
  expect(await connect(port, { SSL_CERT_FILE: join(folder, 'good.der') })).toBe(answered);
  expect(await connect(port, { SSL_CERT_FILE: authority.path }, { module: 'ssl' })).toBe(answered);
});

test('another name, a certificate that has ended, another authority, the server itself as its authority, no root at all: refused, also when the module asks for CERT_NONE', async () => {
  const roots = { SSL_CERT_FILE: authority.path };
  const good = await serve(authority.sign('example.test', 30), []);
  const ended = await serve(authority.sign('example.test', -1), ['-tls1_3']);
  const stranger = await serve(makeAuthority(folder, 'stranger').sign('example.test', 30), ['-tls1_2']);
  expect(await connect(good, roots)).toBe(answered);
  const refused = /^refused /u;
  expect(await connect(good, roots, { name: 'other.test' })).toMatch(refused);
  expect(await connect(good, roots, { name: 'other.test', none: true })).toMatch(refused);
  expect(await connect(good, { SSL_CERT_FILE: join(folder, 'missing.pem') })).toMatch(refused);
  const alone = await serve(selfSigned('example.test'), []);
  for (const port of [ended, stranger, alone]) {
    expect(await connect(port, roots)).toMatch(refused);
    expect(await connect(port, roots, { none: true, module: 'ssl' })).toMatch(refused);
  }
});

test('only KILOPY_TLS_VERIFY=0 of the image switches it off, and only where the module asks for it', async () => {
  const stranger = await serve(makeAuthority(folder, 'outsider').sign('example.test', 30), []);
  const env = { SSL_CERT_FILE: authority.path, KILOPY_TLS_VERIFY: '0' };
  expect(await connect(stranger, env, { none: true })).toBe(answered);
  expect(await connect(stranger, env)).toMatch(/^refused /u);
});
