import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkout, runCli, scratch } from '../support/cli.ts';
import { whole } from '../support/extent.ts';

/** An Alpine of our own, which scripts/setup.sh prove has compiled for a run by hand: nothing of Alpine's is in it. */

/** Serves a folder on loopback; gives its URL. */
async function serve(folder: string): Promise<string> {
  const server = createServer((request, response) => {
    try {
      response.end(readFileSync(join(folder, decodeURIComponent(request.url ?? ''))));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

test.runIf(whole)('hello from a mirror that kilopy wrote: signed, small, and it runs', async () => {
  const folder = scratch();
  const words = ['runtime', 'export', '--alpine', '--target', 'linux/amd64', '--out-dir', 'mirror', '--offline'];
  const exported = await runCli(words, { cwd: folder });
  expect(exported).toMatchObject({ status: 0 });
  const again = await runCli([...words.slice(0, 6), 'again', '--offline'], { cwd: folder });
  expect(again).toMatchObject({ status: 0 });
  expect(spawnSync('diff', ['-r', 'mirror', 'again'], { cwd: folder, encoding: 'utf8' }).stdout).toBe('');
  const app = join(folder, 'app');
  mkdirSync(app);
  cpSync(join(checkout, 'examples/hello/main.py'), join(app, 'main.py'));
  const url = await serve(join(folder, 'mirror'));
  const keys = '[../mirror/kilopy-runtime.rsa.pub]';
  writeFileSync(join(app, 'kilopy.yaml'), `name: hello\nbase: {alpine: {mirror: '${url}', keys: ${keys}}}\n`);
  const env = { KILOPY_CACHE: scratch() };
  const built = await runCli(['build', '.', '--target', 'linux/amd64', '--json'], { cwd: app, env });
  expect(built).toMatchObject({ status: 0 });
  const [artifact] = (JSON.parse(built.stdout) as { artifacts: { path: string; sizeBytes: number }[] }).artifacts;
  expect(artifact?.sizeBytes).toBeLessThanOrEqual(750_000);
  const names = readFileSync(join(app, 'kilopy.lock'), 'utf8').match(/name: (\S+)/gu);
  expect(names).toEqual(expect.arrayContaining(['name: libffi', 'name: micropython', 'name: musl']));
  const run = await runCli(['run', '.', '--target', 'linux/amd64', '--quiet'], { cwd: app, env });
  expect(run).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Hello from MicroPython/) as unknown });
  // Signed by a key that nobody named: refused.
  writeFileSync(join(app, 'kilopy.yaml'), `name: hello\nbase: {alpine: {mirror: '${url}'}}\n`);
  const refused = await runCli(['build', '.', '--target', 'linux/amd64', '--update-lock'], { cwd: app, env });
  expect(refused).toMatchObject({ status: 5, stderr: expect.stringContaining('KP5001') as unknown });
});
