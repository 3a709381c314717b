import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli, type CliResult } from '../support/cli.ts';
import { makeIpk, makeOpkgRepository } from '../support/opkg-repository.ts';

describe('questions to an opkg feed', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kilopy-feed-opkg-'));
    const repository = await makeOpkgRepository([
      { name: 'app', version: '1-r1', fields: { Depends: 'libc, lib (>= 2)' }, content: { 'etc/app': 'a' } },
      { name: 'lib', version: '2-r1', fields: { Depends: 'libc' } },
      { name: 'other', version: '1-r1', content: { 'etc/app': 'b' } },
      { name: 'broken', version: '1-r1', fields: { Depends: 'gone' } },
    ]);
    await mkdir(join(folder, 'feed'));
    for (const [name, bytes] of repository.files) await writeFile(join(folder, 'feed', name), bytes);
    const libc = await makeIpk({ name: 'libc', version: '1.2.4-4' });
    await writeFile(join(folder, 'feed', libc.fileName), libc.bytes);
    await writeFile(join(folder, 'key'), repository.publicKey);
    await writeFile(join(folder, 'other-key'), repository.otherKey);
    await writeFile(join(folder, 'requests'), '["app"]\n["app","broken","lib"]\n["app","other"]\n{}\n');
    await mkdir(join(folder, 'bare'));
    await writeFile(join(folder, 'bare/Packages'), 'Package: app\nVersion: 1\nArchitecture: all\n');
    await mkdir(join(folder, 'empty'));
    await writeFile(join(folder, 'no-index'), '<html>not here</html>');
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function solve(...words: readonly string[]): Promise<CliResult> {
    return await runCli(['feed', 'solve', '--kind', 'opkg', '--arch', 'mips_24kc', ...words], { cwd: folder });
  }

  test('libc lies beside the index, and each package says why it is there', async () => {
    const { stdout, status } = await solve('--feed', 'feed', '--keys', 'key', '--', 'app');
    expect(status).toBe(0);
    expect(stdout.replaceAll(/ +/gu, ' ')).toBe(
      'libc=1.2.4-4 asked for: libc\nlib=2-r1 app Depends: lib (>= 2)\napp=1-r1 asked for: app\n',
    );
  });

  test('with --compat opkg a failure has what is installed by then', async () => {
    const trust = ['--feed', 'feed', '--keys', 'key'];
    const { stdout, status } = await solve(...trust, '--compat', 'opkg', '--batch', 'requests');
    expect(status).toBe(0);
    const all = ['libc=1.2.4-4', 'lib=2-r1', 'app=1-r1'];
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { world: ['app'], install: all },
      { install: all, error: { code: 'KP5503', message: 'opkg cannot install broken' } },
      { install: all, error: { why: expect.stringContaining('other brings /etc/app, which app has') } },
      { error: { code: 'KP1001' } },
    ]);
  });

  test.each([
    ['unsigned', ['--feed', 'bare', '--', 'app'], 5, 'KP5107'],
    ['signed by another key', ['--feed', 'feed', '--keys', 'other-key', '--', 'app'], 5, 'KP5001'],
    ['a folder without an index', ['--feed', 'empty', '--', 'app'], 2, 'KP5105'],
    ['no such place', ['--feed', 'nowhere', '--', 'app'], 2, 'KP5105'],
    ['a web page', ['--feed', 'no-index', '--allow-untrusted', '--', 'app'], 5, 'KP5102'],
    ['a key that is none', ['--feed', 'feed', '--keys', 'no-index', '--', 'app'], 5, 'KP5101'],
    ['a key that is not there', ['--feed', 'feed', '--keys', 'gone', '--', 'app'], 2, 'KP5106'],
    ['two packages with one file', ['--feed', 'feed', '--keys', 'key', '--', 'app', 'other'], 7, 'KP5504'],
    ['a wrong word', ['--feed', 'feed', '--compat', 'apt', '--', 'app'], 2, 'KP1001'],
  ] as const)('%s is refused', async (_, words, status, code) => {
    const result = await solve(...words);
    expect({ status: result.status, says: result.stderr + result.stdout }).toEqual({
      status,
      says: expect.stringContaining(code),
    });
  });

  test('versions', async () => {
    await writeFile(
      join(folder, 'versions'),
      '1.0~rc1 << 1.0-r1\n1 << 1\n1 !<< 1\n1.0-r10 > 1.0-r9\na b\n'.replace('a b\n', '!\n'),
    );
    const { stdout } = await runCli(['feed', 'compare-versions', '--kind', 'opkg', '--batch', 'versions'], {
      cwd: folder,
    });
    expect(stdout).toBe('true\nfalse\ntrue\ntrue\ntrue\n');
  });
});
