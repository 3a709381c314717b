import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createContext } from '../io/create-context.ts';
import { formatMark, ownMark } from '../io/process-mark.ts';
import { makeBuildRoot } from './build-root.ts';

test('the folder of a build that was killed goes, that of one that runs stays', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'kilopy-root-'));
  const place = (start: string): string => {
    const path = join(parent, `kilopy-${formatMark({ ...ownMark(), start })}-abcdef`);
    mkdirSync(join(path, 'usr'), { recursive: true });
    return path;
  };
  const [dead, alive] = [place('1'), place(ownMark().start)];
  const ctx = createContext();
  const root = await makeBuildRoot({ ...ctx, host: { ...ctx.host, tempFolder: parent } });
  expect([dead, alive, root].map((path) => existsSync(path))).toEqual([false, true, true]);
  rmSync(parent, { recursive: true });
});
