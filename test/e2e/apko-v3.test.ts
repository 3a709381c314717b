import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeApkFeed, type ApkFeed } from '../support/apk-feed.ts';
import { runCli, type CliResult } from '../support/cli.ts';

let feed: ApkFeed;

beforeAll(async () => {
  feed = await makeApkFeed();
  for (const format of ['v2', 'v3']) {
    const contents = `keyring: [./feed/me.rsa.pub], repositories: [./feed/${format}], packages: [hello]`;
    writeFileSync(join(feed.folder, `${format}.yaml`), `contents: {${contents}}\narchs: [x86_64]\n`);
  }
});

afterAll(() => {
  rmSync(feed.folder, { recursive: true });
});

async function apko(...args: readonly string[]): Promise<CliResult> {
  const env = { SOURCE_DATE_EPOCH: '1700000000', KILOPY_CACHE: join(feed.folder, 'store') };
  return await runCli(['apko', ...args], { cwd: feed.folder, env });
}

/** What the archive holds, without what names the repository. */
function listing(format: string): string {
  return (
    execFileSync('tar', ['tvf', `${format}.tar`], { cwd: feed.folder, encoding: 'utf8' })
      .split('\n')
      .filter((line) => !/ (?:etc\/apko.json|etc\/apk\/repositories|usr\/lib\/apk\/db\/\S+)$/u.test(line))
      // Packages of version 3 keep no times of folders.
      .map((line) => (line.startsWith('d') ? line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/u, '') : line))
      .join('\n')
  );
}

/** The records of the packages, without what tells the package files apart. */
function database(format: string): string {
  return readFileSync(join(feed.folder, format, 'usr/lib/apk/db/installed'), 'utf8').replaceAll(/^[CS]:.*\n/gmu, '');
}

test('a repository of version 3 gives the root file system that the same packages of version 2 give', async () => {
  for (const format of ['v2', 'v3']) {
    const { stdout, stderr, status } = await apko(
      'build-minirootfs',
      `${format}.yaml`,
      `${format}.tar`,
      '--build-arch',
      'x86_64',
    );
    expect([stdout + stderr, status]).toEqual([expect.stringMatching(/for amd64/u), 0]);
    execFileSync('mkdir', [join(feed.folder, format)]);
    execFileSync('tar', ['xf', `${format}.tar`, '-C', format], { cwd: feed.folder });
  }
  expect(listing('v3')).toBe(listing('v2'));
  expect(listing('v3')).toMatch(/usr\/bin\/hello$/mu);
  expect(database('v3').split('\n').sort()).toEqual(database('v2').split('\n').sort());
});

test("apko's lock file has no place for a package of version 3, and says what has", async () => {
  const { stderr, status } = await apko('lock', 'v3.yaml');
  expect(status).toBe(2);
  expect(stderr).toMatch(/KP2107.*cannot name libx 2\.10[^]*kilopy build, whose lock/u);
});

test('an index of version 3 signed by another key is refused', async () => {
  const yaml = readFileSync(join(feed.folder, 'v3.yaml'), 'utf8');
  writeFileSync(join(feed.folder, 'nokey.yaml'), yaml.replace(/keyring: \[[^\]]*\], /u, ''));
  const { stderr, status } = await apko('show-packages', 'nokey.yaml');
  expect([stderr, status]).toEqual([expect.stringMatching(/KP5001/u), 5]);
});
