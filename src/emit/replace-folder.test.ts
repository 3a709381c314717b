import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../io/context.ts';
import { createContext } from '../io/create-context.ts';
import { replaceFolder } from './replace-folder.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kilopy-replace-'));
  path = join(folder, 'x.rootfs');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** renameat2 with RENAME_EXCHANGE on x86-64, as `mv --exchange` of coreutils 9.5 does it. */
const exchange = 'exit(syscall(316, -100, $ARGV[0], -100, $ARGV[1], 2) == 0 ? 0 : 1)';

function withMv(run: (one: string, other: string) => number, renames: string[]): Context {
  const ctx = createContext();
  return {
    ...ctx,
    tools: {
      ...ctx.tools,
      find: () => Promise.resolve('/usr/bin/mv'),
      run(_, args) {
        expect(args.slice(0, 3)).toEqual(['--exchange', '--no-target-directory', '--']);
        const status = run(args[3] ?? '', args[4] ?? '');
        return Promise.resolve({ status, stdout: new Uint8Array(), stderr: '' });
      },
    },
    fs: {
      ...ctx.fs,
      rename: async (from, to) => {
        renames.push(to);
        await ctx.fs.rename(from, to);
      },
    },
  };
}

async function replaceTwice(ctx: Context): Promise<void> {
  for (const text of ['old', 'new']) {
    await replaceFolder(ctx, path, (place) => {
      mkdirSync(join(place, text));
      writeFileSync(join(place, 'file'), text);
      return Promise.resolve();
    });
  }
  expect(readdirSync(path).sort()).toEqual(['file', 'new']);
  expect(readFileSync(join(path, 'file'), 'utf8')).toBe('new');
  expect(readdirSync(folder).sort()).toEqual(['.x.rootfs.kilopy', 'x.rootfs']);
}

test.runIf(process.arch === 'x64')(
  'the old folder and the new one change places in one step where mv can',
  async () => {
    const renames: string[] = [];
    const ctx = withMv((one, other) => spawnSync('perl', ['-e', exchange, one, other]).status ?? 1, renames);
    await replaceTwice(ctx);
    // Only the first of the two builds, which found nothing there.
    expect(renames).toEqual([path]);
  },
);

test('an mv that does not know how: two renames', async () => {
  const renames: string[] = [];
  await replaceTwice(withMv(() => 1, renames));
  expect(renames).toHaveLength(3);
});
