import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startFaultServer, type FaultServer } from '../../test/support/fault-server.ts';
import { startProxyServer, type ProxyServer } from '../../test/support/proxy-server.ts';
import { followRedirect, type Hop } from './redirect.ts';
import { redactUrl } from './redact-url.ts';
import { createHttpClient } from './create-http-client.ts';
import { version } from './version.ts';

let server: FaultServer;
let proxy: ProxyServer;

beforeEach(async () => {
  server = await startFaultServer({ '/file': { kind: 'ok', body: 'content' } });
  proxy = await startProxyServer();
});

afterEach(async () => {
  await server.close();
  await proxy.close();
});

async function get(env: Readonly<Record<string, string>>, url: string): Promise<string> {
  const response = await createHttpClient(env).request(url, {});
  const parts: Uint8Array[] = [];
  for await (const part of response.body) parts.push(part);
  return `${String(response.status)} ${Buffer.concat(parts).toString()}`;
}

test('says who it is and takes bodies as they are', async () => {
  server.routes.set('/z', { kind: 'ok', body: 'not gzip', headers: { 'content-encoding': 'gzip' } });
  expect(await get({}, `${server.url}/z`)).toBe('200 not gzip');
  expect(server.requests[0]?.headers).toMatchObject({
    'user-agent': `kilopy/${version}`,
    'accept-encoding': 'identity',
  });
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(version).toBe(manifest.version);
});

test.each(['http_proxy', 'HTTP_PROXY', 'all_proxy'])(
  '%s: plain HTTP goes through it as an absolute URL',
  async (name) => {
    const { port } = new URL(server.url);
    const url = `http://mirror.invalid:${port}/file`;
    expect(await get({ [name]: proxy.url }, url)).toBe('200 content');
    expect(proxy.requests.map((request) => request.line)).toEqual([`GET ${url}`]);
  },
);

test('a password of the proxy is sent to it', async () => {
  await get(
    { http_proxy: proxy.url.replace('//', '//me:secret@') },
    `http://mirror.invalid:${new URL(server.url).port}/file`,
  );
  expect(proxy.requests[0]?.authorization).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`);
});

test('a proxy that wants a password is KP6011, and says so', async () => {
  server.routes.set('http://mirror.invalid/file', { kind: 'status', status: 407 });
  await expect(get({ http_proxy: server.url }, 'http://mirror.invalid/file')).rejects.toMatchObject({
    code: 'KP6011',
    why: 'the proxy wants a user name and a password',
    data: { passing: false },
  });
});

test('HTTPS goes through a tunnel', async () => {
  const { port } = new URL(server.url);
  // The server behind does not speak TLS: what counts is what the proxy is asked.
  await expect(get({ https_proxy: proxy.url }, `https://mirror.invalid:${port}/file`)).rejects.toThrow(
    'mirror.invalid',
  );
  expect(proxy.requests.map((request) => request.line)).toEqual([`CONNECT mirror.invalid:${port}`]);
});

test.each(['127.0.0.1', '*', 'elsewhere,127.0.0.1'])('no_proxy=%s goes past it', async (list) => {
  expect(await get({ http_proxy: proxy.url, no_proxy: list }, `${server.url}/file`)).toBe('200 content');
  expect(proxy.requests).toEqual([]);
});

test('a proxy that is not there is KP6010', async () => {
  await proxy.close();
  await expect(get({ http_proxy: proxy.url }, `${server.url}/file`)).rejects.toMatchObject({
    code: 'KP6010',
    message: `the proxy ${new URL(proxy.url).host} refuses connections`,
  });
});

test('a server that does not speak TLS is an error that names it', async () => {
  const url = server.url.replace('http:', 'https:');
  await expect(get({}, `${url}/file`)).rejects.toMatchObject({ exitCode: 4, where: `${url}/file` });
});

test('an address that is not HTTP is refused', async () => {
  await expect(get({}, 'ftp://mirror.invalid/x')).rejects.toMatchObject({ code: 'KP6014' });
  await expect(get({}, 'no address')).rejects.toMatchObject({ code: 'KP6014' });
});

async function* stream(): AsyncIterable<Uint8Array> {
  yield Buffer.from('a');
  yield Buffer.from('b');
}

test('a body is sent whole, from memory and as a stream', async () => {
  for (const body of [Buffer.from('ab'), stream()]) {
    const response = await createHttpClient({}).request(`${server.url}/file`, { method: 'PUT', body });
    await response.discard();
    expect(response.status).toBe(200);
  }
  expect(server.requests.map((request) => request.method)).toEqual(['PUT', 'PUT']);
});

const from: Hop = {
  url: 'http://u:p@a.example/x/y',
  method: 'GET',
  headers: { Authorization: 's', range: 'r' },
  body: undefined,
};

test.each<readonly [number, string, Partial<Hop> | undefined]>([
  [302, 'z', { url: 'http://u:p@a.example/x/z', headers: from.headers }],
  [301, 'http://b.example/', { url: 'http://b.example/', headers: { range: 'r' } }],
  [307, 'https://a.example/', { url: 'https://a.example/', headers: { range: 'r' } }],
  [308, '//b.example/q', { url: 'http://b.example/q', headers: { range: 'r' } }],
  [300, 'z', undefined],
  [304, 'z', undefined],
  [302, 'http://[', undefined],
])('a %d to %s', (status, location, to) => {
  const next = followRedirect(from, { status, headers: { location } });
  expect(next).toEqual(to === undefined ? undefined : { method: 'GET', body: undefined, ...to });
});

test('an upload is redirected only by 303, as a GET', () => {
  const upload: Hop = { ...from, method: 'PUT', body: Buffer.from('x') };
  expect(followRedirect(upload, { status: 307, headers: { location: 'z' } })).toBeUndefined();
  expect(followRedirect(upload, { status: 303, headers: { location: 'z' } })).toMatchObject({
    method: 'GET',
    body: undefined,
  });
});

test.each([
  ['http://a.example/x', 'http://a.example/x'],
  ['http://u:p@a.example/x', 'http://***@a.example/x'],
  ['https://a.example/x?token=secret&a=b#f', 'https://a.example/x?token=***&a=***#f'],
  ['no address', 'no address'],
])('%s is shown as %s', (url, shown) => {
  expect(redactUrl(url)).toBe(shown);
});
