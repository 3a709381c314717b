import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { createHttpClient } from './create-http-client.ts';
import type { HttpClient, HttpResponse } from './http-client.ts';

/** What both clients below kilopy's HTTP must do alike, on a server that each test writes for itself. */
const environments: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['node', {}],
  // With a proxy that nothing goes through.
  ['undici', { http_proxy: 'http://127.0.0.1:9', no_proxy: '*' }],
];

let server: Server;
let sockets: Socket[];

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  sockets = [];
  server = createServer(answer);
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

async function textOf(response: HttpResponse): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of response.body) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function get(http: HttpClient, url: string, stallMs?: number): Promise<string> {
  return await textOf(await http.request(url, stallMs === undefined ? {} : { stallMs }));
}

const big = Buffer.alloc(2 ** 22, 'x');

async function* slow(): AsyncIterable<Uint8Array> {
  yield Buffer.from('a');
  await sleep(3500);
  yield Buffer.from('b');
}

async function* endless(): AsyncIterable<Uint8Array> {
  for (;;) yield await Promise.resolve(big);
}

async function* broken(): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(Buffer.from('a'));
  throw new Error('the disk is gone');
}

for (const [name, env] of environments) {
  test(`${name}: a connection is used again, also after a body that was not wanted and after HEAD`, async () => {
    const url = await serve((_, response) => response.writeHead(200, { 'content-length': 3 }).end('yes'));
    const http = createHttpClient(env);
    expect(await get(http, url)).toBe('yes');
    await (await http.request(url, {})).discard();
    const head = await http.request(url, { method: 'HEAD' });
    expect([head.headers['content-length'], await textOf(head)]).toEqual(['3', '']);
    expect(await get(http, url)).toBe('yes');
    // undici closes after HEAD on purpose: some servers send a body all the same.
    expect(sockets.length).toBe(name === 'node' ? 1 : 2);
  });

  test(`${name}: a large body that is not wanted is not downloaded`, async () => {
    let pieces = 0;
    const many = function* (): Iterable<Uint8Array> {
      for (; pieces < 64; pieces++) yield big;
    };
    const url = await serve((_, response) => Readable.from(many()).pipe(response));
    await (await createHttpClient(env).request(url, {})).discard();
    await expect.poll(() => sockets[0]?.destroyed, { timeout: 60_000 }).toBe(true);
    expect(pieces).toBeLessThan(32);
  });

  test(`${name}: silence before the headers and in the body is KP6013`, async () => {
    const url = await serve((request, response) => {
      if (request.url === '/body') response.writeHead(200, { 'content-length': 9 }).write('part');
    });
    const http = createHttpClient(env);
    for (const path of ['/', '/body']) {
      await expect(get(http, url + path, 300)).rejects.toMatchObject({ code: 'KP6013', where: url + path });
    }
  });

  test(`${name}: a reader and a writer that take longer than the server may are no silence`, async () => {
    const url = await serve((request, response) => {
      let bytes = 0;
      request.on('data', (chunk: Uint8Array) => (bytes += chunk.length));
      request.on('end', () => response.end(request.method === 'PUT' ? String(bytes) : big));
    });
    const http = createHttpClient(env);
    const response = await http.request(url, { stallMs: 1500 });
    await sleep(3500);
    expect((await textOf(response)).length).toBe(big.length);
    expect(await textOf(await http.request(url, { method: 'PUT', body: slow(), stallMs: 1500 }))).toBe('2');
  });

  test(`${name}: a silence of the server behind one of ours is KP6013`, async () => {
    const url = await serve((request, response) => {
      if (request.method === 'PUT') request.resume();
      else response.writeHead(200, { 'content-length': 2 * big.length }).write(big);
    });
    const http = createHttpClient(env);
    const response = await http.request(url, { stallMs: 1500 });
    await sleep(3500);
    await expect(textOf(response)).rejects.toMatchObject({ code: 'KP6013' });
    const asked = http.request(url, { method: 'PUT', body: slow(), stallMs: 1500 });
    await expect(asked).rejects.toMatchObject({ code: 'KP6013' });
  });

  test(`${name}: a server that takes nothing of an upload is KP6013`, async () => {
    const url = await serve((request) => request.pause());
    const http = createHttpClient(env);
    for (const body of [Buffer.alloc(2 ** 26), endless()]) {
      await expect(http.request(url, { method: 'PUT', body, stallMs: 500 })).rejects.toMatchObject({ code: 'KP6013' });
    }
  });

  test(`${name}: a body that breaks off while it is made ends the request with its own error`, async () => {
    const url = await serve((request, response) => {
      request.resume().on('end', () => response.end());
    });
    const asked = createHttpClient(env).request(url, { method: 'PUT', body: broken() });
    await expect(asked).rejects.toMatchObject({ cause: { message: 'the disk is gone' } });
  });

  test(`${name}: an interruption before the headers and in the body is KP1002`, async () => {
    const url = await serve((request, response) => {
      if (request.url === '/body') response.writeHead(200, { 'content-length': 9 }).write('part');
    });
    for (const path of ['/', '/body']) {
      const stop = new AbortController();
      const asked = createHttpClient(env)
        .request(url + path, { signal: stop.signal })
        .then(textOf);
      setTimeout(() => stop.abort(), 300);
      await expect(asked).rejects.toMatchObject({ code: 'KP1002' });
    }
  });

  test(`${name}: an answer that is no HTTP, and headers without end`, async () => {
    const url = await serve((request) => {
      request.socket.end(request.url === '/' ? 'hello\r\n\r\n' : `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(2 ** 20)}`);
    });
    for (const path of ['/', '/long']) {
      await expect(get(createHttpClient(env), url + path)).rejects.toMatchObject({ exitCode: 4, where: url + path });
    }
  });
}

test('node: a kept connection that the server has closed meanwhile costs nothing', async () => {
  const seen: string[] = [];
  const url = await serve((request, response) => {
    seen.push(request.method ?? '');
    // The second request on a connection finds it closing.
    if (seen.length % 2 === 0) request.socket.destroy();
    else request.resume().on('end', () => response.end('answer'));
  });
  const http = createHttpClient({});
  expect(await get(http, url)).toBe('answer');
  expect(await get(http, url)).toBe('answer');
  const posted = http.request(url, { method: 'POST', body: Buffer.from('x') });
  await expect(posted).rejects.toMatchObject({ code: 'KP6015' });
  expect(seen).toEqual(['GET', 'GET', 'GET', 'POST']);
});
