import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createContext } from '../io/create-context.ts';
import { formatMark, ownMark } from '../io/process-mark.ts';
import { makeScratch } from './scratch.ts';

test('folders of runs that were killed go, those of others stay', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'kilopy-scratch-'));
  const place = (name: string, mark?: string): string => {
    const path = join(parent, name);
    mkdirSync(join(path, 'root'), { recursive: true });
    if (mark !== undefined) writeFileSync(join(path, 'owner'), mark);
    return path;
  };
  const own = ownMark();
  const dead = place('kilopy-run-dead', formatMark({ ...own, start: '1' }));
  const old = place('kilopy-run-old');
  utimesSync(old, 1_000_000_000, 1_000_000_000);
  const stays = [
    place('kilopy-run-alive', formatMark(own)),
    place('kilopy-run-young'),
    place('kilopy-run-foreign', formatMark({ ...own, space: 'other.1' })),
    place('somebody-else', formatMark({ ...own, start: '1' })),
  ];
  const ctx = createContext();
  const folder = await makeScratch({ ...ctx, host: { ...ctx.host, tempFolder: parent } });
  expect([dead, old].filter((path) => existsSync(path))).toEqual([]);
  expect([...stays, folder].filter((path) => !existsSync(path))).toEqual([]);
  rmSync(parent, { recursive: true });
});
