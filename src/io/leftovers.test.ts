import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createContext } from './create-context.ts';
import { removeLeftovers, scratchPrefix, temporaryName } from './leftovers.ts';
import { formatMark, ownMark } from './process-mark.ts';

test('what dead processes left goes, everything else stays', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kilopy-leftovers-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { space, start, pid } = ownMark();
  const dead = formatMark({ pid: 2 ** 22 + 1, start: '1', space });
  const reused = formatMark({ pid, start: `${start}1`, space });
  const elsewhere = formatMark({ pid: 1, start: '1', space: 'elsewhere.1' });
  const files = {
    gone: [`.kilopy-${dead}-0.tmp`, `.kilopy-${reused}-0.tmp`, `.kilopy-${elsewhere}-1.tmp`],
    stays: [temporaryName(), `${scratchPrefix()}x`, `.kilopy-${elsewhere}-0.tmp`, '.kilopy-notes', 'kilopy-1', 'a.tar'],
  };
  for (const name of [...files.gone, ...files.stays]) writeFileSync(join(folder, name), '');
  utimesSync(join(folder, `.kilopy-${elsewhere}-1.tmp`), 0, 0);
  const locked = join(folder, `kilopy-${dead}-abc`, 'new', 'locked');
  mkdirSync(locked, { recursive: true });
  writeFileSync(join(locked, 'file'), '', { mode: 0o400 });
  await removeLeftovers(createContext(), folder);
  expect(readdirSync(folder).sort()).toEqual([...files.stays].sort());
});

test('a folder that is not there is left alone', async () => {
  await expect(removeLeftovers(createContext(), '/nonexistent/folder')).resolves.toBeUndefined();
});
