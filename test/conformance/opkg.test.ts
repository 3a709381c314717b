import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const openwrt = join(realdata, 'openwrt');
const solve = ['feed', 'solve', '--kind', 'opkg', '--arch', 'mipsel_24kc'];
const suite = existsSync(openwrt) ? describe : describe.skip;

interface Recorded {
  readonly request: readonly string[];
  readonly exit: number;
  readonly installed: readonly string[];
}

suite('what the real opkg made of a build of 2019', () => {
  let folder: string;
  const recorded = existsSync(openwrt)
    ? readFileSync(join(openwrt, 'expected-nooblog/resolve.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Recorded)
    : [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kilopy-opkg-'));
    await writeFile(join(folder, 'requests'), recorded.map(({ request }) => `${JSON.stringify(request)}\n`).join(''));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test.each([[['--compat', 'opkg']], [[]]])(
    'every request gives the same packages %j',
    async (compat) => {
      const feeds = ['Core', 'r3p'].map((name) => join(openwrt, `nooblog-${name}-mipsel_24kc`));
      const { stdout, status } = await runCli(
        [...solve, '--allow-untrusted', ...compat, '--batch', join(folder, 'requests'), '--feed', ...feeds],
        { cwd: folder },
      );
      expect(status).toBe(0);
      const answers = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly install: readonly string[] });
      expect(answers.map(({ install }) => install.map((step) => step.replace('=', ' ')).toSorted())).toEqual(
        recorded.map(({ installed }) => installed.toSorted()),
      );
    },
    60_000,
  );
});

suite('a feed that was signed with usign', () => {
  const feed = join(openwrt, 'dichgrem-zzz/ipk/mipsel_24kc');
  const args = [...solve, '--feed', feed];

  test('its own key lets it pass, no other', async () => {
    const { status, stdout } = await runCli([...args, '--keys', join(feed, 'key-build.pub'), '--', 'nothing-such']);
    expect({ status, stdout }).toMatchObject({
      status: 7,
      stdout: expect.stringContaining('no feed has nothing-such'),
    });
    const other = await runCli([...args, '--', 'luci-app-zzz']);
    expect({ status: other.status, stderr: other.stderr }).toMatchObject({
      status: 5,
      stderr: expect.stringContaining('KP5001'),
    });
  });
});
