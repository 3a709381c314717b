import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { codeOf, registryContext } from '../../../test/support/registry-context.ts';
import { startTestRegistry, type TestRegistry } from '../../../test/support/registry-server.ts';
import { smallArchive } from '../../../test/support/small-archive.ts';
import { baseUrl } from '../../registry/endpoint.ts';
import { parseReference } from '../../registry/reference.ts';
import { copyImage } from './copy.ts';

let registry: TestRegistry;
let shared: string;
let from: string;
beforeAll(async () => {
  shared = mkdtempSync(join(tmpdir(), 'kilopy-sign-in-'));
  from = await smallArchive(shared, 'linux/amd64');
});
afterAll(() => rmSync(shared, { recursive: true, force: true }));
beforeEach(async () => {
  registry = await startTestRegistry();
});
afterEach(() => registry.close());

const basic = (user: string, password: string): string => Buffer.from(`${user}:${password}`).toString('base64');

async function push(files: Readonly<Record<string, string>>): Promise<string> {
  const ctx = registryContext(files);
  return await codeOf(copyImage(ctx, { from, to: `${registry.host}/me/app:1`, platform: undefined, plainHttp: [] }));
}

function config(value: object): Record<string, string> {
  return { '.docker/config.json': JSON.stringify(value) };
}

/** docker/docker-credential-helpers: the server on stdin, JSON on stdout. */
function helper(user: string, secret: string): string {
  return `#!/bin/sh\nread server\necho "$1 $server" >> "$HOME/asked"\nprintf '{"ServerURL":"%s","Username":"${user}","Secret":"${secret}"}' "$server"\n`;
}

describe.each(['basic', 'bearer'] as const)('%s', (scheme) => {
  beforeEach(() => {
    registry.auth = { scheme, user: 'me', password: 'p:w', identityToken: 'refresh' };
  });

  test.each<[string, (host: string) => Record<string, string>, string]>([
    ['nobody', () => ({}), 'KP6103'],
    ['docker config', (host) => config({ auths: { [host]: { auth: basic('me', 'p:w') } } }), 'none'],
    [
      'with the address of an API',
      (host) => config({ auths: { [`https://${host}/v2/`]: { auth: basic('me', 'p:w') } } }),
      'none',
    ],
    [
      'for the repository, before that of the host',
      (host) =>
        config({ auths: { [host]: { auth: basic('you', 'x') }, [`${host}/me/app`]: { auth: basic('me', 'p:w') } } }),
      'none',
    ],
    [
      'podman auth.json',
      (host) => ({
        '.config/containers/auth.json': JSON.stringify({ auths: { [host]: { auth: basic('me', 'p:w') } } }),
      }),
      'none',
    ],
    ['a wrong password', (host) => config({ auths: { [host]: { auth: basic('me', 'old') } } }), 'KP6103'],
    ['an auth that is none', (host) => config({ auths: { [host]: { auth: 'AAAA' } } }), 'KP6113'],
    ['a config that is no JSON', () => ({ '.docker/config.json': '{' }), 'KP6113'],
    [
      'a helper of the registry, before what the file says',
      (host) => ({
        ...config({ credHelpers: { [host]: 'test' }, auths: { [host]: { auth: basic('you', 'x') } } }),
        'bin/docker-credential-test': helper('me', 'p:w'),
      }),
      'none',
    ],
    [
      'a helper for all',
      () => ({ ...config({ credsStore: 'test' }), 'bin/docker-credential-test': helper('me', 'p:w') }),
      'none',
    ],
    ['a helper that is not there', (host) => config({ credHelpers: { [host]: 'nowhere-to-be-found' } }), 'KP6113'],
    [
      'a helper that fails',
      (host) => ({
        ...config({ credHelpers: { [host]: 'test' } }),
        'bin/docker-credential-test': '#!/bin/sh\necho locked >&2\nexit 1\n',
      }),
      'KP6113',
    ],
    [
      'a helper that answers with something else',
      (host) => ({
        ...config({ credHelpers: { [host]: 'test' } }),
        'bin/docker-credential-test': '#!/bin/sh\necho hello\n',
      }),
      'KP6113',
    ],
  ])('%s: %#', async (_title, files, code) => {
    expect(await push(files(registry.host))).toBe(code);
    expect(registry.manifests.has('me/app:1')).toBe(code === 'none');
  });
});

function own(): Record<string, string> {
  return config({ auths: { [registry.host]: { auth: basic('me', 'pw') } } });
}

describe('tokens', () => {
  test('one that has expired is renewed, and the request goes on', async () => {
    registry.auth = { scheme: 'bearer', user: 'me', password: 'pw', tokenUses: 3 };
    expect(await push(own())).toBe('none');
    expect(registry.count('GET', /^\/token/u)).toBeGreaterThan(2);
  });

  test('one that is refused anew is renewed once for a request, not for ever', async () => {
    registry.auth = { scheme: 'bearer', user: 'me', password: 'pw', tokenUses: 0 };
    expect(await push(own())).toBe('KP6104');
    expect(registry.count('HEAD', /\/manifests\//u)).toBe(2);
    expect(registry.count('GET', /^\/token/u)).toBe(2);
  });

  test('an identity token is exchanged', async () => {
    registry.auth = { scheme: 'bearer', user: 'me', password: 'pw', identityToken: 'refresh' };
    expect(await push(config({ auths: { [registry.host]: { identitytoken: 'refresh' } } }))).toBe('none');
    expect(registry.count('POST', /^\/token/u)).toBe(1);
  });

  test.each(['basic', 'bearer'] as const)('a registry that lets everybody see /v2/ asks later: %s', async (scheme) => {
    registry.auth = { scheme, user: 'me', password: 'pw' };
    registry.intercept = (request, response) => {
      if (request.url !== '/v2/') return false;
      response.writeHead(200).end('{}');
      return true;
    };
    expect(await push({})).toBe('KP6103');
    expect(await push(own())).toBe('none');
    expect(registry.manifests.has('me/app:1')).toBe(true);
  });

  test('rights that do not suffice are no reason to sign in again', async () => {
    registry.auth = { scheme: 'bearer', user: 'me', password: 'pw', rights: 'pull' };
    expect(await push(own())).toBe('KP6104');
    expect(registry.manifests.size).toBe(0);
  });

  test('a token server behind plain http elsewhere gets no password', async () => {
    registry.intercept = (_request, response) => {
      const header = 'Bearer realm="http://tokens.example/token",service="test"';
      response.writeHead(401, { 'www-authenticate': header }).end();
      return true;
    };
    expect(await push(own())).toBe('KP6115');
  });
});

test.each<[string, readonly string[], string]>([
  ['registry.example/app', [], 'https://registry.example'],
  ['registry.example:5000/app', ['registry.example:5000'], 'http://registry.example:5000'],
  ['registry.example:5001/app', ['registry.example:5000'], 'https://registry.example:5001'],
  ['localhost:5000/app', [], 'http://localhost:5000'],
  ['127.0.0.1:5000/app', [], 'http://127.0.0.1:5000'],
  ['127.0.0.1.example:5000/app', [], 'https://127.0.0.1.example:5000'],
  ['[::1]:5000/app', [], 'http://[::1]:5000'],
  ['alpine', [], 'https://registry-1.docker.io'],
])('%s with plain http for %j is spoken to at %s', (text, plainHttp, expected) => {
  expect(baseUrl(parseReference(text), { plainHttp })).toBe(expected);
});
