import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli, runProgram } from '../support/cli.ts';
import { expectFailure, workplace, type Workplace } from '../support/failing-cli.ts';
import { startFaultServer, type FaultServer } from '../support/fault-server.ts';

/** Runtimes that somebody else has compiled: `runtime export` there, a feed called `runtime` here, and no compiler. */

let folder: string;
let feed: string;
let server: FaultServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kilopy-feed-'));
  feed = join(folder, 'feed');
  writeFileSync(join(folder, 'theirs.rsa'), privateKey());
  const words = [
    'runtime',
    'export',
    '--target',
    'linux/amd64',
    '--out-dir',
    'feed',
    '--key',
    'theirs.rsa',
    '--offline',
  ];
  const { stderr, status } = await runCli(words, { cwd: folder });
  if (status !== 0 || stderr !== '') throw new Error(stderr);
  server = await startFaultServer();
  for (const path of files(feed)) server.routes.set(`/${path}`, { kind: 'ok', body: readFileSync(join(feed, path)) });
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await server.close();
});

function privateKey(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
}

function files(root: string): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => relative(root, join(entry.parentPath, entry.name))).sort();
}

/** An application that takes its runtime from the feed, on a computer with an empty store and without any program. */
function place(key: string, base = 'static', more = ''): Workplace {
  const yaml = `base: ${base}\nfeeds:\n  - {name: runtime, url: "${server.url}", keys: [theirs.rsa.pub]}\n${more}`;
  const text = { 'main.py': 'print("from afar", 2 ** 64)\n', 'kilopy.yaml': yaml, 'theirs.rsa.pub': key };
  return workplace(text, { PATH: '/nonexistent', HTTP_PROXY: '' });
}

test('an exported feed has an index, its packages and the key, signed', () => {
  expect(files(feed)).toEqual([
    'theirs.rsa.pub',
    'x86_64/APKINDEX.tar.gz',
    expect.stringMatching(/^x86_64\/micropython-small-1\.\d+\.\d+-r0\.apk$/u) as string,
  ]);
});

test('the runtime comes from the feed, byte for byte, without a compiler', async () => {
  const key = readFileSync(join(feed, 'theirs.rsa.pub'), 'utf8');
  const { folder: cwd, env } = place(key);
  const options = { cwd, env };
  const built = await runCli(['build', 'app', '--target', 'linux/amd64', '--output', 'tar'], options);
  expect(built).toMatchObject({ status: 0 });
  expect(built.stderr).not.toContain('compiled');
  const archive = join(cwd, 'dist/app-amd64.tar');
  const digest = await runProgram('sh', ['-c', `tar -xOf ${archive} usr/bin/micropython | sha256sum`]);
  const known = await runCli(['runtime', 'build', '--target', 'linux/amd64', '--offline', '--json']);
  const [runtime] = (JSON.parse(known.stdout) as { runtimes: { blob: { digest: string } }[] }).runtimes;
  expect(`sha256:${digest.stdout.slice(0, 64)}`).toBe(runtime?.blob.digest);
  // What the lock names: the package by its hash, and the feed.
  const lock = readFileSync(join(cwd, 'app/kilopy.lock'), 'utf8');
  const apk = files(feed).find((path) => path.endsWith('.apk')) ?? '';
  expect(lock).toContain(
    createHash('sha256')
      .update(readFileSync(join(feed, apk)))
      .digest('hex'),
  );
  const ran = await runCli(['run', 'app', '--target', 'linux/amd64', '--offline', '--quiet'], {
    cwd,
    env: { ...env, PATH: process.env.PATH },
  });
  expect(ran).toMatchObject({ status: 0, stdout: 'from afar 18446744073709551616\n' });
});

test('a feed that another key has signed is refused', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = place(publicKey.export({ type: 'spki', format: 'pem' }).toString());
  const expected = { exit: 5, code: 'KP5002', says: [/fix: /u] };
  const { status } = await expectFailure(other, ['build', 'app', '--target', 'linux/amd64'], expected);
  expect(status).toBe(5);
});

test('what the feed does not have is said: another variant, another target', async () => {
  const key = readFileSync(join(feed, 'theirs.rsa.pub'), 'utf8');
  const variant = place(key, '{static: {variant: floor}}');
  const expected = { exit: 7, code: 'KP5502', says: ['micropython-floor'] };
  const { status } = await expectFailure(variant, ['build', 'app', '--target', 'linux/amd64'], expected);
  expect(status).toBe(7);
});
