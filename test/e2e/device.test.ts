import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli, runProgram, scratch, type CliResult } from '../support/cli.ts';
import { makeAuthority } from '../support/certificates.ts';
import { deadNetwork } from '../support/recorded-mirror.ts';

/** `tls`, `init` and the output `bin`, as a user meets them; from the test store, without network. */

function app(files: Readonly<Record<string, string>>): string {
  const folder = join(scratch(), 'app');
  mkdirSync(folder);
  for (const [name, text] of Object.entries({ 'main.py': 'print("ran")\n', ...files }))
    writeFileSync(join(folder, name), text);
  return folder;
}

async function build(folder: string, ...options: string[]): Promise<CliResult> {
  return await runCli(['build', folder, '--out-dir', join(folder, '../out'), '--offline', ...options], {
    env: deadNetwork,
  });
}

test.each([
  ['tls: {roots: [nowhere.pem]}', {}, 2, 'KP2202', 'kilopy.yaml:1:15'],
  ['tls: {roots: [words.pem]}', { 'words.pem': 'no certificate' }, 2, 'KP2202', 'words.pem holds no certificate'],
  ['tls: {roots: [api.example.org]}', {}, 4, 'KP2203', '--offline'],
  ['tls: {roots: ["https://x"]}', {}, 2, 'KP2201', 'write the host alone: x'],
  ['tls: {}', { 'main.py': 'import ssl\nc.verify_mode = ssl.CERT_NONE\n' }, 2, 'KP2206', 'main.py:2:21'],
  ['init: openwrt', {}, 2, 'KP2211', 'kilopy.yaml:1:7'],
  ['outputs: bin\nbase: debian', {}, 2, 'KP3101', 'base: static'],
])('%s %j: %d %s', async (yaml, files, status, code, words) => {
  const answer = await build(app({ 'kilopy.yaml': `${yaml}\n`, ...files }), '--base', 'debian');
  expect(answer).toMatchObject({ status, stderr: expect.stringContaining(`error ${code}`) as string });
  expect(answer.stderr).toContain(words);
});

test('a root from a file is in the image, once and alone, and one that ends soon is warned about', async () => {
  const folder = app({ 'kilopy.yaml': 'tls: {roots: [ca.pem, ca.pem]}\n' });
  const authority = makeAuthority(scratch(), 'Company', 100);
  writeFileSync(join(folder, 'ca.pem'), `text before\n${authority.certificate}`);
  const answer = await build(folder, '--base', 'debian', '--output', 'tar');
  expect(answer).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(/Company of ca\.pem expires on 20/u) as string,
  });
  const archive = join(folder, '../out/app-amd64.tar');
  const list = await runProgram('tar', ['-tf', archive]);
  expect(list.stdout).not.toContain('app/ca.pem');
  const { stdout } = await runProgram('tar', ['-xOf', archive, 'etc/ssl/certs/ca-certificates.crt']);
  expect(stdout).toBe(authority.certificate);
});

test('verify: false is said, and is in the environment of the image', async () => {
  const folder = app({ 'kilopy.yaml': 'tls: {verify: false}\n', 'main.py': 'import tls\ntls.CERT_NONE\n' });
  const answer = await build(folder, '--base', 'debian', '--output', 'oci-dir');
  expect(answer).toMatchObject({ status: 0, stderr: expect.stringContaining('tls: {verify: false}') as string });
  const { stdout } = await runProgram('sh', ['-c', 'grep -rl KILOPY_TLS_VERIFY=0 .'], { cwd: join(folder, '../out') });
  expect(stdout).toContain('blobs/sha256/');
});

test('an application that starts processes is told of init, and one that does not is not', async () => {
  const folder = app({ 'main.py': 'import os\nos.system("true")\n' });
  expect((await build(folder, '--base', 'debian')).stderr).toContain('main.py:2 starts processes: with init: true');
  const quiet = app({});
  expect((await build(quiet, '--base', 'debian')).stderr).not.toContain('init');
  expect(readFileSync(join(folder, 'kilopy.lock'), 'utf8')).not.toContain('roots');
});
