import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli, type CliResult } from '../support/cli.ts';

function entry(name: string, version: string, ...lines: readonly string[]): string {
  const checksum = `Q1${Buffer.from(`${name}-${version}`.padEnd(20, '.')).toString('base64')}`;
  return [`C:${checksum}`, `P:${name}`, `V:${version}`, 'I:1', ...lines, '', ''].join('\n');
}

describe('questions to an apk feed that is a bare index', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kilopy-feed-apk-'));
    await writeFile(join(folder, 'main.repo'), entry('a', '1', 'D:b') + entry('b', '1') + entry('b', '2'));
    await writeFile(join(folder, 'testing.repo'), entry('a', '2', 'D:b>1') + entry('c', '1', 'D:gone'));
    await writeFile(
      join(folder, 'worlds'),
      '["a"]\n["a@testing","b<2"]\n["!b","a"]\n["nothing","--force-broken-world"]\n',
    );
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function solve(...words: readonly string[]): Promise<CliResult> {
    const feeds = ['--feed', 'main.repo', '@testing testing.repo'];
    const args = ['feed', 'solve', '--kind', 'apk', '--arch', 'x86_64', ...feeds, ...words];
    return await runCli(args, { cwd: folder });
  }

  test('a world is solved, and each package says why it is there', async () => {
    const { stdout, status } = await solve('--allow-untrusted', '--', 'a@testing');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^b=2 +a depends: b>1\na=2 +asked for: a@testing\n$/u);
  });

  test('without a signature nothing is read, unless it is switched off', async () => {
    const { stdout, stderr, status } = await solve('--', 'a');
    expect(status).toBe(2);
    expect(stdout + stderr).toMatch(/KP5074.*carries no signature/u);
  });

  test('a refusal says what stands against what', async () => {
    const { stdout, stderr, status } = await solve('--allow-untrusted', '--', 'c@testing');
    expect(status).toBe(7);
    expect(stdout + stderr).toMatch(/KP5503: no feed has or provides gone for x86_64/u);
    expect(stdout + stderr).toMatch(/c is asked for as "c@testing"; c 1 depends on gone/u);
  });

  test('a batch has one line of JSON for each line', async () => {
    const { stdout, status } = await solve('--allow-untrusted', '--batch', 'worlds');
    expect(status).toBe(0);
    const answers = stdout.trimEnd().split('\n');
    expect(answers.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { world: ['a'], install: ['b=2', 'a=1'] },
      // A tag allows a feed, it does not demand it.
      { world: ['a@testing', 'b<2'], install: ['b=1', 'a=1'] },
      { world: ['!b', 'a'], error: { code: 'KP5504', exitCode: 7 } },
      { install: [] },
    ]);
  });

  test('versions are compared as apk compares them', async () => {
    const words = ['feed', 'compare-versions', '--kind', 'apk'];
    expect((await runCli([...words, '1.2_rc1', '<', '1.2'])).stdout).toBe('true\n');
    expect((await runCli([...words, '1.2.3', '~', '1.20'])).stdout).toBe('false\n');
    expect((await runCli([...words, '1.2-pre1'])).stdout).toBe('false\n');
  });

  test('every line of a batch of versions has its answer, one that cannot be read included', async () => {
    await writeFile(join(folder, 'versions'), '1.0 < 1.1\n1..2\n!1..2\n1 around 2\n\n1 2\n0.1a !~ 0.1b # remark\n');
    const words = ['feed', 'compare-versions', '--kind', 'apk', '--batch', 'versions'];
    const { stdout, status } = await runCli(words, { cwd: folder });
    expect(status).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'true',
      'false',
      'true',
      'error KP1001: "1 around 2" has no operator that apk knows',
      'error KP1001: "" is neither a version nor `A OP B`',
      'error KP1001: "1 2" is neither a version nor `A OP B`',
      'true',
      '',
    ]);
    const { answers } = JSON.parse((await runCli([...words, '--json'], { cwd: folder })).stdout) as {
      answers: unknown[];
    };
    expect(answers.slice(2, 4)).toMatchObject([true, { error: { code: 'KP1001' } }]);
  });

  test('a place that is no feed is told which files make one, of both versions', async () => {
    const words = ['feed', 'solve', '--kind', 'apk', '--arch', 'x86_64', '--feed', '.', '--', 'a'];
    const { stderr, status } = await runCli(words, { cwd: folder });
    expect([stderr, status]).toEqual([
      expect.stringMatching(/KP5074[^]*APKINDEX\.tar\.gz, Packages\.adb, packages\.adb/u),
      2,
    ]);
  });
});
